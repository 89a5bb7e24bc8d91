import { canonicalBytes, encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import api from 'fabric-contract-api';
import type { ZodType } from 'zod';
import { requireActiveCaller } from './caller.js';
import { certificateFingerprint } from './certificate-fingerprint.js';
import { ledgerTimeMs, requireCurrentTime, type EndorserClock } from './ledger-time.js';
import { parseArgument } from './transaction-argument.js';
import type { TransactionCall, TransactionRule, UnregisteredCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';
import { WorldState } from './world-state.js';

export interface ContractOptions {
  /** The endorser's clock; leave it out to replay committed transactions. */
  readonly clock?: EndorserClock;
  /** When known, the only identity that may initialise the consortium. */
  readonly founderFingerprint?: string;
  /** When known, only identities of this organisation may initialise the consortium. */
  readonly founderMspId?: string;
  /** When they cannot change, the only organisations whose members the ledger takes signatures of. */
  readonly mspIds?: readonly string[];
}

/**
 * Base of all contracts. Its subclasses hold transaction functions only, because Fabric offers every
 * function of a contract class to callers; whatever helps them is a function of its module.
 */
export abstract class LedgerContract extends api.Contract {
  readonly #options: ContractOptions;

  constructor(name: string, options: ContractOptions) {
    super(name);
    this.#options = options;
  }

  /**
   * Runs one transaction of a member: access first, then the argument, then the body.
   * @returns canonical JSON of what the body returns
   * @throws Error whose message is `CODE: sentence`
   */
  protected async transact<Argument>(
    context: TransactionContext,
    argument: unknown,
    rule: TransactionRule<Argument>,
    body: (call: TransactionCall, argument: Argument) => Promise<unknown>,
  ): Promise<string> {
    return answer(async () => {
      const call = openCall(context, this.#options.clock);
      const caller = await requireActiveCaller(call, rule.access);
      return body({ ...call, caller }, parseArgument(rule.schema, argument));
    });
  }

  /** Fabric calls this for a name that no transaction has. */
  override unknownTransaction(): Promise<void> {
    const error = new VeilsumError(
      'UNKNOWN_TRANSACTION',
      `The contract ${this.getName()} has no such transaction.`,
    );
    return Promise.reject(new Error(error.toLedgerMessage()));
  }

  /** Runs one transaction before there are members. @throws Error whose message is `CODE: sentence` */
  protected async transactAsFounder<Argument>(
    context: TransactionContext,
    argument: unknown,
    schema: ZodType<Argument>,
    body: (call: UnregisteredCall, argument: Argument) => Promise<unknown>,
  ): Promise<string> {
    return answer(async () => {
      const call = openCall(context, this.#options.clock);
      requireFounder(call, this.#options);
      return body(call, parseArgument(schema, argument));
    });
  }
}

function openCall(
  { stub, clientIdentity }: TransactionContext,
  clock: EndorserClock | undefined,
): UnregisteredCall {
  const now = ledgerTimeMs(stub.getTxTimestamp());
  requireCurrentTime(now, clock);
  let emitted = false;
  return {
    state: new WorldState(stub),
    mspId: clientIdentity.getMSPID(),
    fingerprint: certificateFingerprint(clientIdentity.getIDBytes()),
    now,
    transactionId: stub.getTxID(),
    emit(name, payload) {
      if (emitted) throw new Error('A transaction sets two events.');
      emitted = true;
      stub.setEvent(name, canonicalBytes(payload));
    },
  };
}

/** @throws {@link VeilsumError} FORBIDDEN when the ledger knows its founder, and it is somebody else */
function requireFounder(
  { fingerprint, mspId }: UnregisteredCall,
  { founderFingerprint = fingerprint, founderMspId = mspId }: ContractOptions,
): void {
  if (founderFingerprint !== fingerprint) {
    throw new VeilsumError('FORBIDDEN', 'Only the founder may initialise the consortium.');
  }
  if (founderMspId !== mspId) {
    throw new VeilsumError(
      'FORBIDDEN',
      `Only an identity of ${founderMspId} may initialise the consortium.`,
    );
  }
}

/** Only the message of an error crosses a peer, and nothing unexpected may tell what happened inside. */
async function answer(run: () => Promise<unknown>): Promise<string> {
  try {
    return encodeCanonicalJson(await run());
  } catch (error) {
    const known =
      error instanceof VeilsumError
        ? error
        : new VeilsumError('INTERNAL', 'The contract failed unexpectedly.');
    throw new Error(known.toLedgerMessage(), { cause: error });
  }
}
