import { signProposal } from '../../../../test/fakes/ledger/test-members.js';
import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';

import { bytesToHex, encodeCanonicalJson, randomBytes } from '@veilsum/crypto';
import { transactionProposalSchema, type TransactionEnvelope } from '@veilsum/protocol';

let network: GatewayNetwork;

beforeAll(async () => {
  network = await GatewayNetwork.found();
});
afterAll(async () => {
  await network.close();
});

const transfer = () => ({
  format: 'veilsum-transfer/1',
  transferId: bytesToHex(randomBytes(16)),
  kind: 'deposit',
  amount: '5000',
  reference: 'Statement 7',
});

function signed(as: string, call: string, argument: unknown): Promise<TransactionEnvelope> {
  const signer = network.signer(as);
  const [contract, transaction] = call.split(':');
  const proposal = transactionProposalSchema.parse({
    format: 'veilsum-transaction/1',
    channel: 'test-channel',
    transactionId: bytesToHex(randomBytes(32)),
    contract,
    transaction,
    argument: encodeCanonicalJson(argument),
    mspId: signer.mspId,
    certificate: Buffer.from(signer.certificate).toString('base64'),
    timestampMs: Date.now(),
  });
  return signProposal(signer, proposal);
}

const post = (as: string, path: string, envelope: unknown) =>
  network.call(as, 'POST', path, JSON.stringify(envelope));

describe('a relayed transaction', () => {
  it('is answered after the commit, and the same again gets the same answer', async () => {
    const envelope = await signed('analyst', 'account:proposeTransfer', transfer());
    const first = await post('analyst', '/v1/transactions', envelope);
    expect(first).toMatchObject({
      status: 200,
      json: { transactionId: envelope.proposal.transactionId, validationCode: 'VALID' },
    });
    const { blockNumber } = first.json as { blockNumber: number };
    expect((await network.engine.status()).height).toBeGreaterThan(blockNumber);
    expect((await post('analyst', '/v1/transactions', envelope)).json).toEqual(first.json);
  });

  it("is not another's", async () => {
    const envelope = await signed('merchant-1', 'account:proposeTransfer', transfer());
    expect(await post('analyst', '/v1/transactions', envelope)).toMatchObject({
      status: 403,
      json: { code: 'FORBIDDEN' },
    });
  });

  it("is refused with the ledger's own code", async () => {
    const envelope = await signed('analyst', 'account:proposeTransfer', transfer());
    const changed = {
      ...envelope,
      proposal: { ...envelope.proposal, timestampMs: Date.now() + 1 },
    };
    expect(await post('analyst', '/v1/transactions', changed)).toMatchObject({
      status: 401,
      json: { code: 'SIGNATURE_INVALID' },
    });
    const unknown = await signed('analyst', 'account:grab', {});
    expect(await post('analyst', '/v1/transactions', unknown)).toMatchObject({
      json: { code: 'UNKNOWN_TRANSACTION' },
    });
  });
});

describe('a quote', () => {
  const request = () => ({
    format: 'veilsum-query/1',
    queryId: bytesToHex(randomBytes(16)),
    productId: 'weekly-sales',
    productVersion: 1,
    epoch: '2026-Q1',
    purpose: 'ServiceOptimisation',
    function: 'sum',
    measures: ['sales'],
    groupBy: ['region'],
    where: {},
    span: 'epoch',
    release: 'noisy',
    epsilonMicro: 1_000_000,
    maximumPrice: '5000',
    resultKey: bytesToHex(randomBytes(32)),
  });

  it('says what the request would be told, and writes nothing', async () => {
    const { height } = await network.engine.status();
    const answer = await post(
      'analyst',
      '/v1/quotes',
      await signed('analyst', 'query:quote', request()),
    );
    expect(answer).toMatchObject({
      status: 200,
      json: { cohortSize: 0, verdict: { allowed: false } },
    });
    expect((await network.engine.status()).height).toBe(height);
  });

  it('is not a way to ask anything else', async () => {
    const envelope = await signed('analyst', 'query:request', request());
    expect(await post('analyst', '/v1/quotes', envelope)).toMatchObject({
      status: 422,
      json: { code: 'INVALID_ARGUMENT' },
    });
  });
});
