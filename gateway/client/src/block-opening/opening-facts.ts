import { decodePublicKey, type PublicKey } from '@veilsum/crypto';
import { askLedger, type Ledger } from '@veilsum/ledger';
import {
  contributionSchema,
  memberSchema,
  openingTaskSchema,
  type Contribution,
  type Member,
  type OpeningTask,
  type OpeningTaskReference,
  type Product,
} from '@veilsum/protocol';
import { readKey, readProduct } from '../query/ledger-view.js';

/** What the ledger has on one contribution that is opened. */
export interface OpeningFacts {
  readonly task: OpeningTask;
  readonly contribution: Contribution;
  readonly product: Product;
  readonly key: PublicKey;
  /** To whom the answer is sealed. */
  readonly judge: Member;
}

/** @throws {@link VeilsumError} NOT_FOUND when there is no such opening */
export async function readOpeningFacts(
  ledger: Ledger,
  { openingId, contributionId }: OpeningTaskReference,
): Promise<OpeningFacts> {
  const reference = { openingId, contributionId };
  const task = await askLedger(ledger, 'opening:task', reference, openingTaskSchema);
  const contribution = await askLedger(
    ledger,
    'contribution:read',
    { contributionId },
    contributionSchema,
  );
  const { productId, productVersion, keyId } = contribution;
  return {
    task,
    contribution,
    product: await readProduct(ledger, productId, productVersion),
    key: decodePublicKey((await readKey(ledger, keyId)).record),
    judge: await askLedger(ledger, 'member:read', { memberId: task.judgeId }, memberSchema),
  };
}

/** Where the gateway takes and gives the answer of a contribution. */
export function answerPath({ openingId, contributionId }: OpeningTaskReference): string {
  return `/v1/openings/${openingId}/contributions/${contributionId}/answer`;
}
