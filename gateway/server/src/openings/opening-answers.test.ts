import { bytesToHex, randomBytes, sha256Hex } from '@veilsum/crypto';
import { openingRecordSchema, openingTaskSchema } from '@veilsum/protocol';

import {
  SAMPLE_EPOCH,
  contributionOf,
  sampleConsent,
  sampleProduct,
} from '../../../../chaincode/contracts/src/testing/index.js';
import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';

const openingId = 'a'.repeat(32);
const sealed = randomBytes(900);
const answerHash = sha256Hex(sealed);
let network: GatewayNetwork;
let contributionId: string;

const path = () => `/v1/openings/${openingId}/contributions/${contributionId}/answer`;
const put = (bytes: Uint8Array, as = 'merchant-1') => network.call(as, 'PUT', path(), bytes);
const get = (as: string) => network.call(as, 'GET', path());
const name = (hash: string) =>
  network.submit('merchant-1', 'opening:answer', { openingId, contributionId, answerHash: hash });
const task = async () =>
  openingTaskSchema.parse(await network.read('opening:task', { openingId, contributionId }));

beforeAll(async () => {
  network = await GatewayNetwork.found();
  const openings = { contributions: 1, cells: 1, answerMs: 60_000 };
  await network.adopt('standard', sampleProduct({ version: 2, openings }));
  const randomness = randomBytes(32);
  await network.submit('auditor', 'opening:commit', {
    openingId,
    productId: 'weekly-sales',
    epoch: SAMPLE_EPOCH,
    randomnessHash: sha256Hex(randomness),
  });
  const registration = contributionOf('merchant-1', network.dealt, { productVersion: 2 });
  ({ contributionId } = registration);
  const { consentId, contentHash } = registration;
  const consent = sampleConsent(consentId, Date.now(), { productVersion: 2 });
  await network.submit('merchant-1', 'consent:grant', consent);
  await network.submit('merchant-1', 'contribution:register', registration);
  await network.submit('gateway', 'contribution:markStored', { contributionId, contentHash });
  const reveal = { openingId, randomness: bytesToHex(randomness) };
  await network.submit('auditor', 'opening:reveal', reveal);
  const { tasks } = openingRecordSchema.parse(await network.read('opening:read', { openingId }));
  expect(tasks).toHaveLength(1);
});
afterAll(async () => {
  await network.close();
});

describe('an answer to an opening', () => {
  it('is not taken before its contributor has named it', async () => {
    expect(await put(sealed)).toMatchObject({ status: 409, json: { code: 'INVALID_STATE' } });
    expect(await get('auditor')).toMatchObject({ status: 404 });
  });

  it('is not taken from another, as other bytes, or too long', async () => {
    await name(answerHash);
    expect(await put(sealed, 'merchant-2')).toMatchObject({ status: 403 });
    expect(await put(randomBytes(900))).toMatchObject({
      status: 422,
      json: { code: 'OPENING_ANSWER_HASH' },
    });
    expect(await put(new Uint8Array(100_000))).toMatchObject({
      status: 413,
      json: { code: 'LIMIT_EXCEEDED' },
    });
    expect((await task()).status).toBe('named');
  });

  it('is on the ledger once the gateway holds it, and can be sent again', async () => {
    expect((await put(sealed)).status).toBe(201);
    expect(await task()).toMatchObject({ status: 'answered', answerHash });
    expect((await put(sealed)).status).toBe(200);
  });

  it('goes to the auditor of the opening and to nobody else', async () => {
    expect((await get('auditor')).bytes.equals(sealed)).toBe(true);
    for (const reader of ['merchant-1', 'merchant-2', 'operator', 'analyst', 'keyholder-1']) {
      expect(await get(reader)).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } });
    }
    const other = `/v1/openings/${'b'.repeat(32)}/contributions/${contributionId}/answer`;
    expect((await network.call('auditor', 'GET', other)).status).toBe(404);
  });

  it('is not taken any more when the auditor has concluded', async () => {
    const evidenceHash = answerHash;
    const conclusion = { openingId, contributionId, outcome: 'agreed', evidenceHash };
    await network.submit('auditor', 'opening:conclude', conclusion);
    expect(await put(sealed)).toMatchObject({ status: 409, json: { code: 'INVALID_STATE' } });
  });
});
