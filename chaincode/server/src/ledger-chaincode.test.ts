import { createContracts, invokeTransaction } from '@veilsum/contracts';
import { VeilsumError } from '@veilsum/protocol';
import type { ChaincodeStub } from 'fabric-shim';
import { LedgerChaincode, type TransactionRunner } from './ledger-chaincode.js';
import { TransactionLog } from './transaction-log.js';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** A proposal as the shim hands it over, on an empty state. */
function proposal(...parts: (string | Uint8Array)[]): ChaincodeStub {
  const nothing = () => Promise.resolve(new Uint8Array());
  return {
    getBufferArgs: () => parts.map((part) => Buffer.from(part)),
    getTxID: () => 'transaction-1',
    getChannelID: () => 'veilsum',
    getTxTimestamp: () => ({ seconds: { toNumber: () => 1_800_000_000 }, nanos: 0 }),
    getCreator: () => ({ mspid: 'AssociationMSP', idBytes: Buffer.from(CERTIFICATE) }),
    createCompositeKey: (type: string, keys: string[]) => [type, ...keys].join('/'),
    getState: nothing,
  } as unknown as ChaincodeStub;
}

function chaincodeOf(run: TransactionRunner) {
  const lines: string[] = [];
  const log = new TransactionLog('debug', (line) => lines.push(line));
  return { chaincode: new LedgerChaincode(run, log), lines };
}

const contracts = createContracts({ clock: () => 1_800_000_000_000 });
const real = chaincodeOf((context, invocation) =>
  invokeTransaction(contracts, context, invocation),
);

describe('what a peer calls', () => {
  it('runs contract:transaction with its argument and answers what it returns', async () => {
    const { chaincode } = chaincodeOf((context, invocation) =>
      Promise.resolve(JSON.stringify({ ...invocation, mspId: context.clientIdentity.getMSPID() })),
    );
    const { status, payload } = await chaincode.Invoke(proposal('member:read', '{"a":1}'));
    expect(status).toBe(200);
    expect(JSON.parse(Buffer.from(payload ?? []).toString())).toEqual({
      contract: 'member',
      transaction: 'read',
      argument: '{"a":1}',
      mspId: 'AssociationMSP',
    });
  });

  it('has nothing to initialise', async () => {
    expect((await real.chaincode.Init()).status).toBe(200);
  });

  it.each([
    ['no argument', ['member:read']],
    ['two arguments', ['member:read', '{}', '{}']],
    ['no contract', ['read', '{}']],
    ['an empty contract', [':read', '{}']],
    ['a longer name', ['member:read:all', '{}']],
    ['nothing', []],
    ['bytes that are no text', ['member:read', Uint8Array.of(0xff)]],
  ])('refuses a call with %s', async (_name, parts) => {
    const answer = await real.chaincode.Invoke(proposal(...parts));
    expect(answer.status).toBe(500);
    expect(answer.message).toMatch(/^INVALID_ARGUMENT: /);
  });

  it.each(['nothing:read', 'member:transact', 'member:constructor', 'member:unknown'])(
    'refuses %s, which does not exist',
    async (name) => {
      const { message } = await real.chaincode.Invoke(proposal(name, '{}'));
      expect(message).toMatch(/^UNKNOWN_TRANSACTION: /);
    },
  );

  it('tells the peer what a contract refuses with', async () => {
    const { message } = await real.chaincode.Invoke(proposal('member:list', '{}'));
    expect(message).toBe('NOT_INITIALISED: The consortium has not been founded yet.');
  });

  it('tells nobody what an unexpected error says, and logs where it came from only', async () => {
    const secrets = [
      new TypeError('argument 4711'),
      new Error('prefix INVALID_STATE: argument 4711'),
      new Error('INTERNAL: failed', { cause: new RangeError('argument 4711') }),
    ];
    for (const error of secrets) {
      const { chaincode, lines } = chaincodeOf(() => Promise.reject(error));
      const { message } = await chaincode.Invoke(proposal('member:read', '{"secret":4711}'));
      expect(message).toMatch(/^INTERNAL: /);
      expect(lines).toHaveLength(1);
      expect(lines.join('')).not.toMatch(/4711/);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        level: 'error',
        transactionId: 'transaction-1',
        error: error.cause instanceof Error ? 'RangeError' : error.name,
      });
    }
  });

  it('waits for what is underway', async () => {
    let finish: (answer: string) => void = () => undefined;
    const { chaincode } = chaincodeOf(() => new Promise((resolve) => (finish = resolve)));
    const order: string[] = [];
    const answered = chaincode
      .Invoke(proposal('member:read', '{}'))
      .then(() => order.push('answer'));
    const idle = chaincode.idle().then(() => order.push('idle'));
    finish('{}');
    await Promise.all([answered, idle]);
    expect(order[0]).toBe('answer');
  });

  it('logs no transaction at the level info', async () => {
    const lines: string[] = [];
    const log = new TransactionLog('info', (line) => lines.push(line));
    const refuse = () => Promise.reject(new VeilsumError('NOT_FOUND', 'Nothing here.'));
    await new LedgerChaincode(refuse, log).Invoke(proposal('member:read', '{}'));
    expect(lines).toEqual([]);
  });
});
