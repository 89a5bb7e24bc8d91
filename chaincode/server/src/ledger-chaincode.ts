import type { Invocation, TransactionContext } from '@veilsum/contracts';
import { VeilsumError, parseLedgerMessage } from '@veilsum/protocol';
import type { ChaincodeInterface, ChaincodeResponse, ChaincodeStub } from 'fabric-shim';
import { callerOf, PeerStub } from './peer-stub.js';
import { originOf, type TransactionLog } from './transaction-log.js';

/**
 * Runs one transaction.
 * @returns what the contract returns, JSON text
 * @throws Error whose message is `CODE: sentence`; any other is masked
 */
export type TransactionRunner = (
  context: TransactionContext,
  invocation: Invocation,
) => Promise<string>;

/** The shim's stub also has the arguments as bytes, which its types leave out. */
type ByteStub = ChaincodeStub & { getBufferArgs(): Uint8Array[] };

const OK = 200;
const ERROR = 500;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the peer calls: each proposal is one transaction `contract:transaction` with one JSON argument. */
export class LedgerChaincode implements ChaincodeInterface {
  readonly #run: TransactionRunner;
  readonly #log: TransactionLog;
  readonly #underway = new Set<Promise<unknown>>();

  constructor(run: TransactionRunner, log: TransactionLog) {
    this.#run = run;
    this.#log = log;
  }

  /** The ledger needs no initialisation of its own: a consortium is founded by a transaction. */
  Init(): Promise<ChaincodeResponse> {
    return Promise.resolve({ status: OK, payload: new Uint8Array() });
  }

  /** Never rejects: a rejection would leave the peer waiting until its own deadline. */
  async Invoke(stub: ChaincodeStub): Promise<ChaincodeResponse> {
    const answer = this.#answer(stub);
    this.#underway.add(answer);
    try {
      return await answer;
    } finally {
      this.#underway.delete(answer);
    }
  }

  /** Resolves when no transaction is being run. */
  async idle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  async #answer(stub: ChaincodeStub): Promise<ChaincodeResponse> {
    const started = performance.now();
    const facts = (): Record<string, string | number> => ({
      transactionId: stub.getTxID(),
      durationMs: Math.round(performance.now() - started),
    });
    try {
      const invocation = readInvocation(stub as ByteStub);
      const context = { stub: new PeerStub(stub), clientIdentity: callerOf(stub) };
      const response = await this.#run(context, invocation);
      this.#log.log('debug', 'transaction', facts());
      return { status: OK, payload: Buffer.from(response) };
    } catch (error) {
      const refusal = refusalOf(error);
      this.#report(refusal, error, facts());
      return { status: ERROR, message: refusal.toLedgerMessage() };
    }
  }

  #report(refusal: VeilsumError, error: unknown, facts: Record<string, string | number>): void {
    if (refusal.code === 'INTERNAL') {
      const origin = error instanceof Error && error.cause !== undefined ? error.cause : error;
      this.#log.log('error', 'transaction failed unexpectedly', { ...facts, ...originOf(origin) });
    } else {
      this.#log.log('debug', 'transaction refused', { ...facts, code: refusal.code });
    }
  }
}

/** @throws {@link VeilsumError} INVALID_ARGUMENT unless it is `contract:transaction` and one argument, UTF-8 */
function readInvocation(stub: ByteStub): Invocation {
  const [name, argument, ...rest] = stub.getBufferArgs().map(decodeText);
  const [contract, transaction, ...tail] = name?.split(':') ?? [];
  if (!contract || !transaction || tail.length > 0 || argument === undefined || rest.length > 0) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      'A transaction is called as contract:transaction with one JSON argument.',
    );
  }
  return { contract, transaction, argument };
}

/** Other bytes would be replaced silently, and the contract would see another argument than the ledger keeps. */
function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new VeilsumError('INVALID_ARGUMENT', 'An argument of the call is not UTF-8 text.');
  }
}

/** Only what a contract says on purpose crosses to the peer: a message that is `CODE: sentence` as a whole. */
function refusalOf(error: unknown): VeilsumError {
  if (error instanceof VeilsumError) return error;
  const message = error instanceof Error ? error.message : '';
  const known = parseLedgerMessage(message);
  if (known?.toLedgerMessage() === message) return known;
  return new VeilsumError('INTERNAL', 'The contract failed unexpectedly.');
}
