import {
  createContracts,
  type LedgerContract,
  type TransactionContext,
  type TransactionStub,
} from '../../chaincode/contracts/src/index.js';
import type { ContractsFor } from './simulation.js';

type Transaction = (context: TransactionContext, argument: string) => Promise<string>;
type Value = Record<string, unknown>;

/** What a faulty transaction sees or loses, beside what the ledger holds. */
interface Tampering {
  /** A value of a type of object as the transaction gets to see it. */
  readonly see?: (type: string, value: Value) => Value;
  /** Whether a write or deletion of a key is left out. */
  readonly drops?: (type: string, key: string) => boolean;
}

/** A withdrawn consent looks as if it were still given, when a share is released. */
export const hiddenWithdrawal = faulty('query', ['releaseShare'], {
  see: (type, value) => (type === 'consent' ? { ...value, status: 'active' } : value),
});

/** Who is paid out of an escrow leaves the money in it. */
export const escrowSpentTwice = faulty('query', ['accept', 'settle', 'expire'], {
  drops: (type, key) => (type === 'balance' || type === 'credit') && key.includes('escrow:'),
});

/** The rule of how often a consent may be used always sees one use left. */
export const usesNotCounted = faulty('query', ['request', 'review'], {
  see: (type, value) => (type === 'consent' ? { ...value, maxUses: 1_000_000 } : value),
});

/** Every query finds an unspent privacy budget. */
export const budgetForgotten = faulty('query', ['request', 'review'], {
  see: (type, value) => (type === 'privacyAccount' ? { ...value, spentMicro: 0 } : value),
});

/** Whoever asks finds a rulebook that wants nothing reviewed. */
export const reviewForgotten = faulty('query', ['request'], {
  see: (type, value) => (type === 'rulebook' ? withoutReviews(value) : value),
});

/** What the rulebook forbids stays forbidden. */
function withoutReviews(adopted: Value): Value {
  const rulebook = adopted['rulebook'] as Value;
  const entries = rulebook['negativeList'] as readonly Value[];
  const negativeList = entries.filter(({ effect }) => effect !== 'review');
  return { ...adopted, rulebook: { ...rulebook, negativeList } };
}

/** A proposal that has expired looks as if it could be approved for another year. */
export const expiryForgotten = faulty('proposal', ['approve'], {
  see: (type, value) =>
    type === 'proposal'
      ? { ...value, expiresAt: Number(value['expiresAt']) + 31_536_000_000 }
      : value,
});

/** A time of grace looks as if it had ended long ago. */
export const graceForgotten = faulty('incident', ['escalate'], {
  see: (type, value) =>
    type === 'incident' && value['status'] === 'open' ? { ...value, rectifyUntil: 1 } : value,
});

/** A delegation looks as if it had no limits in sum. */
export const delegationForgotten = faulty('query', ['request', 'review'], {
  see: (type, value) =>
    type === 'delegation'
      ? { ...value, maxQueries: 1_000_000, moneyBudget: '9000000', epsilonBudgetMicro: 900_000_000 }
      : value,
});

/** The real contracts, of which some transactions see or write something else than the ledger. */
function faulty(
  contractName: string,
  transactions: readonly string[],
  tampering: Tampering,
): ContractsFor {
  return (clock) => {
    const contracts = createContracts({ clock });
    const contract = contracts.find((candidate) => candidate.getName() === contractName);
    if (contract === undefined) throw new Error(`There is no contract ${contractName}.`);
    for (const name of transactions) replace(contract, name, tampering);
    return contracts;
  };
}

function replace(contract: LedgerContract, name: string, tampering: Tampering): void {
  const functions = contract as unknown as Record<string, Transaction>;
  const original = functions[name];
  if (original === undefined) throw new Error(`There is no transaction ${name}.`);
  functions[name] = ({ stub, clientIdentity }, argument) =>
    original.call(contract, { stub: tamperedStub(stub, tampering), clientIdentity }, argument);
}

function tamperedStub(stub: TransactionStub, { see, drops }: Tampering): TransactionStub {
  const typeOf = (key: string) => stub.splitCompositeKey(key).objectType;
  const shown = (key: string, bytes: Uint8Array): Uint8Array => {
    if (see === undefined || bytes.length === 0) return bytes;
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Value;
    return new TextEncoder().encode(JSON.stringify(see(typeOf(key), value)));
  };
  const dropped = (key: string) => drops?.(typeOf(key), key) ?? false;
  const tampered: Partial<TransactionStub> = {
    getState: async (key) => shown(key, await stub.getState(key)),
    putState: (key, value) => (dropped(key) ? Promise.resolve() : stub.putState(key, value)),
    deleteState: (key) => (dropped(key) ? Promise.resolve() : stub.deleteState(key)),
    getStateByPartialCompositeKey: async function* (type, attributes) {
      for await (const entry of stub.getStateByPartialCompositeKey(type, attributes)) {
        yield { ...entry, value: shown(entry.key, entry.value) };
      }
    },
  };
  return new Proxy(stub, {
    get(target, property) {
      const own = tampered[property as keyof TransactionStub];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
