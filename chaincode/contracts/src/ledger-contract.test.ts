import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import { ConsortiumContract } from './consortium-contract.js';
import { createContracts } from './contract-set.js';
import { invokeTransaction, transactionNames } from './invocation.js';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { MemberContract } from './member-contract.js';
import { MemoryLedger, foundConsortium, foundNetwork, requireRefusal } from './testing/index.js';
import type { Access, TransactionCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const FIVE_MINUTES_MS = 300_000;

/** A contract whose one transaction does what a test wants. */
class ProbeContract extends LedgerContract {
  readonly #access: Access;
  readonly #body: (call: TransactionCall) => unknown;

  constructor(body: (call: TransactionCall) => unknown, access: Access = 'member') {
    super('probe', {});
    this.#body = body;
    this.#access = access;
  }

  run(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: this.#access, schema: z.unknown() };
    return this.transact(context, argument, rule, (call) => Promise.resolve(this.#body(call)));
  }
}

async function foundWith(probe: ProbeContract): Promise<MemoryLedger> {
  const ledger = new MemoryLedger([new ConsortiumContract(), new MemberContract(), probe]);
  await foundConsortium(ledger);
  return ledger;
}

describe('a transaction', () => {
  it.each([
    ['exactly five minutes early', -FIVE_MINUTES_MS, undefined],
    ['exactly five minutes late', FIVE_MINUTES_MS, undefined],
    ['a millisecond earlier', -FIVE_MINUTES_MS - 1, 'CLOCK_SKEW'],
    ['a millisecond later', FIVE_MINUTES_MS + 1, 'CLOCK_SKEW'],
  ] as const)('whose time is %s is endorsed or not', async (_name, skewMs, code) => {
    const options: ContractOptions = { clock: () => ledger.now() - skewMs };
    const ledger: MemoryLedger = new MemoryLedger(createContracts(options));
    if (code === undefined) await foundConsortium(ledger);
    else await requireRefusal(foundConsortium(ledger), code);
  });

  it('founds the consortium only for an identity of the organisation that may', async () => {
    const allowed = new MemoryLedger(createContracts({ founderMspId: 'AssociationMSP' }));
    await foundConsortium(allowed);
    const foreign = new MemoryLedger(createContracts({ founderMspId: 'PlatformMSP' }));
    await requireRefusal(foundConsortium(foreign), 'FORBIDDEN', /PlatformMSP/);
  });

  it('is replayed at any time when there is no clock', async () => {
    const ledger = new MemoryLedger(createContracts());
    ledger.advance(-1_700_000_000_000);
    await foundConsortium(ledger);
  });

  it('tells nothing about an unexpected failure but that it failed', async () => {
    const ledger = await foundWith(
      new ProbeContract(() => {
        throw new TypeError('the inner secret');
      }),
    );
    await expect(ledger.evaluate('operator', 'probe', 'run', {})).rejects.toThrow(
      /^INTERNAL: The contract failed unexpectedly\.$/,
    );
  });

  it('carries a refusal as code and sentence', async () => {
    const ledger = await foundWith(
      new ProbeContract(() => {
        throw new VeilsumError('NOT_FOUND', 'Nothing here.');
      }),
    );
    await expect(ledger.evaluate('operator', 'probe', 'run', {})).rejects.toThrow(
      /^NOT_FOUND: Nothing here\.$/,
    );
  });

  it('sets one event and refuses a second', async () => {
    const once = await foundWith(
      new ProbeContract(({ emit }) => {
        emit('queryChanged', { queryId: 'a' });
        return {};
      }),
    );
    await once.submit('operator', 'probe', 'run', {});
    expect(once.events.at(-1)).toEqual({ name: 'queryChanged', payload: { queryId: 'a' } });
    const twice = await foundWith(
      new ProbeContract(({ emit }) => {
        emit('queryChanged', {});
        emit('queryChanged', {});
        return {};
      }),
    );
    await requireRefusal(twice.submit('operator', 'probe', 'run', {}), 'INTERNAL');
  });

  it('returns canonical JSON', async () => {
    const ledger = await foundWith(new ProbeContract(() => ({ b: 1, a: [2] })));
    const { response } = await ledger.propose('operator', 'probe', 'run', {});
    expect(response).toBe('{"a":[2],"b":1}');
  });

  it('is open to nobody when its list of roles is empty', async () => {
    const ledger = await foundWith(new ProbeContract(() => ({}), []));
    await requireRefusal(ledger.evaluate('operator', 'probe', 'run', {}), 'FORBIDDEN');
  });

  it('knows the caller, the time and its id', async () => {
    const ledger = await foundWith(
      new ProbeContract(({ caller, now, transactionId }) => ({
        memberId: caller.memberId,
        now,
        transactionId,
      })),
    );
    ledger.advance(123);
    const proposal = await ledger.propose('operator', 'probe', 'run', {});
    expect(JSON.parse(proposal.response)).toEqual({
      memberId: 'operator',
      now: ledger.now(),
      transactionId: proposal.transactionId,
    });
  });
});

describe('the argument', () => {
  const invoke = async (argument: unknown) => {
    const ledger = new MemoryLedger();
    await foundNetwork(ledger);
    return invokeTransaction(createContracts(), ledger.openContext('operator'), {
      contract: 'member',
      transaction: 'read',
      argument: argument as string,
    });
  };

  it('is one JSON text, in any layout', async () => {
    const member = await invoke(' { "memberId" : "analyst" } ');
    expect(member).toBe(encodeCanonicalJson(JSON.parse(member)));
  });

  it.each([
    ['no text', undefined],
    ['no JSON', '{'],
    ['empty', ''],
    ['a fraction', '{"memberId":1.5}'],
    ['an integer past 2^53', '{"memberId":9007199254740993}'],
    ['a key __proto__', '{"memberId":"analyst","__proto__":{}}'],
    ['another type', '["analyst"]'],
    ['nothing', '{}'],
  ])('is refused when it is %s', async (_name, argument) => {
    await expect(invoke(argument)).rejects.toThrow(/^INVALID_ARGUMENT: /);
  });

  it('is refused when it is huge', async () => {
    const text = JSON.stringify({ memberId: 'a'.repeat(1_000_000) });
    await expect(invoke(text)).rejects.toThrow(/^LIMIT_EXCEEDED: /);
  });
});

describe('the founder', () => {
  it('is the identity that the ledger names, when it names one', async () => {
    const { fingerprint } = await new MemoryLedger().identity('operator', 'AssociationMSP');
    await foundConsortium(new MemoryLedger(createContracts({ founderFingerprint: fingerprint })));
    const other = new MemoryLedger(createContracts({ founderFingerprint: 'f'.repeat(64) }));
    await requireRefusal(foundConsortium(other), 'FORBIDDEN');
  });
});

describe('transactionNames', () => {
  it('offers exactly the transactions of the contracts', () => {
    const names = Object.fromEntries(
      createContracts().map((contract) => [contract.getName(), transactionNames(contract)]),
    );
    expect(names).toMatchObject({
      consortium: ['initialize', 'read', 'ruleRevision', 'migrations', 'migrate'],
      member: [
        'register',
        'setStatus',
        'addCertificate',
        'revokeCertificate',
        'read',
        'list',
        'whoami',
      ],
      proposal: ['submit', 'approve', 'reject', 'withdraw', 'read', 'list'],
      product: ['read', 'list'],
      consent: ['grant', 'amend', 'withdraw', 'read', 'list', 'history'],
      committee: ['read', 'active', 'list'],
      contribution: ['register', 'markStored', 'withdraw', 'read', 'list'],
      account: ['proposeTransfer', 'confirmTransfer', 'read', 'list', 'journal', 'transfers'],
    });
  });

  it('gives every transaction two parameters, as Fabric derives its metadata from them', () => {
    for (const contract of createContracts()) {
      for (const name of transactionNames(contract)) {
        const run = (contract as unknown as Record<string, { length: number }>)[name];
        expect(run?.length).toBe(2);
      }
    }
  });
});
