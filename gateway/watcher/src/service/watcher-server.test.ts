import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createGatewayToken,
  fingerprintOf,
  type CertificateAuthority,
  type FileSigner,
} from '@veilsum/ledger';
import { hashSchema, memberIdSchema, mspIdSchema, type Member } from '@veilsum/protocol';
import { createAuthority, enrol } from '../../../../test/fakes/ledger/test-members.js';
import { sampleMember } from '../../../../test/fakes/query-facts.js';
import { sampleAlert } from '../../../../test/fakes/watcher/sample-alert.js';
import { AlertLog } from '../alerts/alert-log.js';
import { ReaderAccess, watcherAudience } from './reader-access.js';
import { WatcherMetrics } from './watcher-metrics.js';
import { WatcherServer } from './watcher-server.js';

let folder: string;
let authority: CertificateAuthority;
let alerts: AlertLog;
let server: WatcherServer;
const signers = new Map<string, FileSigner>();
const members: Member[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-watcher-'));
  authority = await createAuthority();
  for (const name of ['auditor', 'regulator', 'stranger']) {
    const signer = await enrol(authority, name);
    signers.set(name, signer);
    const certificateFingerprints = [fingerprintOf(signer.certificate)];
    members.push(sampleMember(name, { mspId: 'TestMSP', certificateFingerprints }));
  }
  alerts = await AlertLog.open(folder, memberIdSchema.parse('auditor'), 0);
  const rootCertificates = [Buffer.from(authority.certificate).toString('base64')];
  const access = new ReaderAccess({
    memberId: 'auditor',
    readers: ['regulator'],
    ledger: {
      channel: 'test',
      genesisHash: hashSchema.parse('0'.repeat(64)),
      authorities: [{ mspId: mspIdSchema.parse('TestMSP'), rootCertificates }],
    },
    members: () => members,
  });
  const metrics = new WatcherMetrics();
  server = await WatcherServer.listen({ alerts, access, metrics, webhooks: ['pager'], port: 0 });
  await alerts.record([sampleAlert(), sampleAlert({}, 1)]);
});
afterAll(async () => {
  await server.close();
  await alerts.close();
  await rm(folder, { recursive: true });
});

async function headersOf(name: string, audience = watcherAudience('auditor')) {
  const signer = signers.get(name) ?? (await enrol(authority, name));
  const memberId = memberIdSchema.parse(name);
  const identity = { memberId, mspId: mspIdSchema.parse('TestMSP'), signer };
  return { authorization: `Bearer ${await createGatewayToken(identity, audience)}` };
}
const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(server.url + path, { ...init, headers });

/** Reads events until there are so many. */
async function events(
  headers: Record<string, string>,
  count: number,
  meanwhile?: () => Promise<void>,
) {
  const stop = new AbortController();
  const response = await get('/alerts', headers, { signal: stop.signal });
  let text = '';
  const found = () => text.split('\n\n').filter((part) => part.startsWith('id: '));
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  while (found().length < count) {
    const read = await reader?.read();
    text += decoder.decode(read?.value as Uint8Array | undefined, { stream: true });
    if (meanwhile !== undefined && found().length === count - 1) {
      const act = meanwhile;
      meanwhile = undefined;
      await act();
    }
  }
  stop.abort();
  return found().map((event) => Number(/^id: (\d+)\n/.exec(event)?.[1]));
}

describe('who may read alerts', () => {
  it.each(['auditor', 'regulator'])('%s', async (name) => {
    const headers = { ...(await headersOf(name)), accept: 'application/json' };
    const answer = await get('/alerts', headers);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject([
      { sequence: 1, alert: { alertId: sampleAlert().alertId } },
      { sequence: 2 },
    ]);
  });

  it.each<[string, number, string, () => Promise<Record<string, string>>]>([
    ['nobody without a token', 401, 'UNAUTHENTICATED', () => Promise.resolve({})],
    ['no member that was not named', 403, 'FORBIDDEN', () => headersOf('stranger')],
    ['no token for a gateway', 401, 'TOKEN_AUDIENCE', () => headersOf('auditor', 'auditor')],
    ['nobody whom the ledger does not know', 401, 'UNAUTHENTICATED', () => headersOf('nobody')],
  ])('%s', async (_who, status, code, headers) => {
    const answer = await get('/alerts', await headers());
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
  });

  it('nobody who is suspended, or under a certificate that was revoked', async () => {
    const [auditor] = members;
    if (auditor === undefined) throw new Error('unreachable');
    members[0] = { ...auditor, status: 'suspended' };
    const suspended = await get('/alerts', await headersOf('auditor'));
    expect(await suspended.json()).toMatchObject({ code: 'MEMBER_NOT_ACTIVE' });
    members[0] = { ...auditor, certificateFingerprints: [] };
    const revoked = await get('/alerts', await headersOf('auditor'));
    expect(await revoked.json()).toMatchObject({ code: 'CERTIFICATE_REVOKED' });
    members[0] = auditor;
  });
});

describe('the stream of alerts', () => {
  it('begins with how things stand and goes on with what comes', async () => {
    const ids = await events(await headersOf('auditor'), 3, () =>
      alerts.record([sampleAlert({ revision: 2, status: 'mended' })]),
    );
    expect(ids).toEqual([1, 2, 3]);
    expect(await events(await headersOf('auditor'), 2)).toEqual([2, 3]);
  });

  it('resumes after the last one that was seen, without a gap or a double', async () => {
    const headers = await headersOf('auditor');
    expect(await events({ ...headers, 'last-event-id': '1' }, 2)).toEqual([2, 3]);
    expect(await events({ ...headers, 'last-event-id': '2' }, 1)).toEqual([3]);
    const next = await events({ ...headers, 'last-event-id': '2' }, 2, () =>
      alerts.record([sampleAlert({}, 4)]),
    );
    expect(next).toEqual([3, 4]);
  });
});

describe('what anyone on the machine sees', () => {
  it('is whether it works and how many alerts are open, without ids', async () => {
    expect(await (await get('/health')).json()).toEqual({ status: 'ok', height: 0, open: 2 });
    const text = await (await get('/metrics')).text();
    expect(text).toContain(
      'veilsum_watcher_open_alerts{kind="upload-missing",severity="warning"} 2',
    );
    expect(text).toMatch(/veilsum_watcher_oldest_open_alert_seconds \d{9,}/);
    expect(text).toContain('veilsum_watcher_pending_deliveries{webhook="pager"} 4');
    for (const id of ['c0ffee', 'merchant-1', sampleAlert().alertId])
      expect(text).not.toContain(id);
  });

  it('is nothing else', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/alerts', {}, { method: 'POST' })).status).toBe(404);
  });
});
