import { createHash } from 'node:crypto';

import { withCollections } from '../read-write-set.js';
import {
  decodeAction,
  decodeEnvelope,
  HEADER_TYPE,
  type FabricAction,
  type FabricEnvelope,
} from '../transaction-decoding.js';
import type { ChannelConfiguration } from './channel-configuration.js';
import type { ChannelState } from './channel-state.js';
import { conflictOf } from './conflicts.js';
import { isSignedBy } from './ecdsa-signature.js';
import { changedPolicies, endorsementFault } from './endorsement-check.js';
import { identify } from './signed-data.js';

/** A transaction with the code that Fabric's rules give it. What could be read of it is there. */
export interface CheckedTransaction {
  readonly index: number;
  readonly code: string;
  readonly envelope: FabricEnvelope | undefined;
  readonly action: FabricAction | undefined;
}

/** What the transactions of a block are checked against. */
export interface BlockContext {
  readonly channel: string;
  readonly number: number;
  readonly configuration: ChannelConfiguration;
  /** Before the block; valid transactions are applied to it. */
  readonly state: ChannelState;
  /** Identifiers of all transactions of earlier blocks. */
  readonly transactionIds: ReadonlySet<string>;
}

/**
 * Works out the validation code of each transaction of a block as a peer does: first signatures and
 * endorsements of all, against the state before the block, then conflicts in order.
 * @param onValid - is told of each valid transaction before it is applied to the state
 * @throws an error when there is something that is not understood here
 */
export async function checkTransactions(
  envelopes: readonly Uint8Array[],
  context: BlockContext,
  onValid: (transaction: CheckedTransaction) => Promise<void>,
): Promise<CheckedTransaction[]> {
  const policiesChanged = new Set<string>();
  const endorsed = envelopes.map((bytes, index) => {
    const checked = checkEndorsed(bytes, index, { ...context, policiesChanged });
    if (checked.action !== undefined && checked.code === 'VALID') {
      for (const key of changedPolicies(checked.action)) policiesChanged.add(key);
    }
    return checked;
  });
  return applyInOrder(withoutRepetitions(endorsed), context, onValid);
}

function checkEndorsed(
  bytes: Uint8Array,
  index: number,
  context: BlockContext & { readonly policiesChanged: ReadonlySet<string> },
): CheckedTransaction {
  const envelope = attempt(() => decodeEnvelope(bytes));
  if (envelope === undefined) return { index, code: 'BAD_PAYLOAD', envelope, action: undefined };
  const action = attempt(() => decodeAction(envelope));
  const code =
    headerFault(envelope, context) ??
    (action === undefined
      ? 'INVALID_ENDORSER_TRANSACTION'
      : (actionFault(envelope, action, context) ?? endorsementFault(action, context)));
  return { index, code: code ?? 'VALID', envelope, action };
}

function headerFault(envelope: FabricEnvelope, context: BlockContext): string | undefined {
  const { creator, nonce, payload, signature, transactionId } = envelope;
  if (envelope.epoch !== 0 || nonce.length === 0) return 'BAD_COMMON_HEADER';
  const signer = identify(creator, context.configuration.organisations);
  const isSigned = signer?.problem === undefined && signer !== undefined;
  if (!isSigned || !isSignedBy(signer.key, payload, signature)) return 'BAD_CREATOR_SIGNATURE';
  if (envelope.type !== HEADER_TYPE.endorserTransaction) return 'UNSUPPORTED_TX_PAYLOAD';
  const named = createHash('sha256').update(nonce).update(creator).digest('hex');
  return transactionId === named ? undefined : 'BAD_PROPOSAL_TXID';
}

function actionFault(
  envelope: FabricEnvelope,
  action: FabricAction,
  { channel, transactionIds }: BlockContext,
): string | undefined {
  if (!action.answersProposal) return 'INVALID_ENDORSER_TRANSACTION';
  if (envelope.channel !== channel) return 'TARGET_CHAIN_NOT_FOUND';
  if (transactionIds.has(envelope.transactionId)) return 'DUPLICATE_TXID';
  const { chaincode, version, event, readWriteSets } = action;
  if (chaincode === '' || version === '' || envelope.chaincode !== chaincode) {
    return 'INVALID_CHAINCODE';
  }
  if (event !== undefined && event.chaincode !== chaincode) return 'INVALID_OTHER_REASON';
  const namespaces = new Set(readWriteSets.map(({ namespace }) => namespace));
  return namespaces.size === readWriteSets.length ? undefined : 'ILLEGAL_WRITESET';
}

/** Of several with the same identifier in one block, the first counts. */
function withoutRepetitions(transactions: readonly CheckedTransaction[]): CheckedTransaction[] {
  const seen = new Set<string>();
  return transactions.map((transaction) => {
    const id = transaction.envelope?.transactionId ?? '';
    if (transaction.code !== 'VALID') return transaction;
    if (seen.has(id)) return { ...transaction, code: 'DUPLICATE_TXID' };
    seen.add(id);
    return transaction;
  });
}

async function applyInOrder(
  transactions: readonly CheckedTransaction[],
  { state, number }: BlockContext,
  onValid: (transaction: CheckedTransaction) => Promise<void>,
): Promise<CheckedTransaction[]> {
  const changed = new Set<string>();
  const applied: CheckedTransaction[] = [];
  for (const transaction of transactions) {
    const { code, action, index } = transaction;
    const sets = withCollections(action?.readWriteSets ?? []);
    const conflict = code === 'VALID' ? conflictOf(sets, state, changed) : undefined;
    const checked = { ...transaction, code: conflict ?? code };
    applied.push(checked);
    if (checked.code !== 'VALID') continue;
    await onValid(checked);
    for (const key of state.apply(sets, { block: number, transaction: index })) changed.add(key);
  }
  return applied;
}

function attempt<Result>(decode: () => Result): Result | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
