import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWebhook, webhookConfigSchema } from './webhook-target.js';

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-webhook-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function secretFile(text: string, mode = 0o600): Promise<string> {
  const path = join(folder, 'secret');
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}
const open = (url: string, file: string) =>
  openWebhook(webhookConfigSchema.parse({ name: 'pager', url, secretFile: file }));

describe('where alerts may go', () => {
  it.each([
    'https://alerts.example/hook',
    'http://127.0.0.1:9000/hook',
    'http://localhost/hook',
    'http://[::1]:9000/',
  ])('%s', async (url) => {
    const { key } = await open(url, await secretFile(`${secretOf(32)}\n`));
    expect(Buffer.from(key)).toEqual(Buffer.alloc(32, 7));
  });

  it.each([
    'http://alerts.example/hook',
    'http://10.0.0.1/hook',
    'http://127.evil.example/',
    'http://localhost.evil.example/',
    'ftp://localhost/',
    'file:///etc/passwd',
    'https://user:word@alerts.example/',
  ])('not %s', async (url) => {
    const file = await secretFile(secretOf(32));
    await expect(open(url, file)).rejects.toMatchObject({ code: 'WEBHOOK_UNSAFE' });
  });
});

describe('the secret', () => {
  const url = 'https://alerts.example/hook';

  it.each([24, 64])('may have %i bytes', async (bytes) => {
    expect((await open(url, await secretFile(secretOf(bytes)))).key).toHaveLength(bytes);
  });

  it.each<[string, string, number]>([
    ['23 bytes', secretOf(23), 0o600],
    ['65 bytes', secretOf(65), 0o600],
    ['no prefix', Buffer.alloc(32).toString('base64'), 0o600],
    ['others who can read it', secretOf(32), 0o640],
    ['others who can change it', secretOf(32), 0o602],
  ])('may not have %s, and is not told', async (_what, text, mode) => {
    const error: unknown = await open(url, await secretFile(text, mode)).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'WEBHOOK_UNSAFE' });
    expect((error as Error).message).not.toContain(text.slice(6));
  });

  it('has to be there', async () => {
    await expect(open(url, join(folder, 'nothing'))).rejects.toMatchObject({
      code: 'WEBHOOK_UNSAFE',
    });
  });
});
