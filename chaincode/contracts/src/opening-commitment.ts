import type {
  Contribution,
  Opening,
  OpeningCommitment,
  OpeningReveal,
  Product,
} from '@veilsum/protocol';
import {
  checkOpeningCommitment,
  checkOpeningReveal,
  chooseOpenings,
  layoutForProduct,
  productCellCount,
  requireAllowed,
  rowsOfCells,
  type ChosenContribution,
} from '@veilsum/rules';
import { committeeKeys, contributions } from './ledger-objects.js';
import { putOpeningTask, readVersions } from './opening-record.js';
import { openingPlaces, openings } from './oversight-objects.js';
import { countedPlans } from './query-objects.js';
import { isSentAgain, takenId } from './same-content.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** A contribution that may be opened, with its product version and what that allows. */
interface Openable {
  readonly contribution: Contribution;
  readonly product: Product & { readonly openings: NonNullable<Product['openings']> };
}

/** Fixes an auditor's randomness for a product id and epoch. */
export async function commitOpening(
  call: TransactionCall,
  commitment: OpeningCommitment,
): Promise<Opening> {
  const { state, caller, now } = call;
  const { openingId, productId, epoch } = commitment;
  const existing = await state.get(openings, openingId);
  if (existing !== undefined) {
    const sent = { ...commitment, auditorId: caller.memberId, cause: 'random' };
    if (isSentAgain(existing, sent, ['status', 'committedAt', 'randomness', 'revealedAt'])) {
      return existing;
    }
    throw takenId('opening', openingId);
  }
  const place = [productId, epoch, caller.legalEntityId] as const;
  requireAllowed(
    checkOpeningCommitment({
      epoch,
      versions: await readVersions(state, productId),
      contributions: await state.list(contributions, productId, epoch),
      hasOpening: (await state.get(openingPlaces, ...place)) !== undefined,
    }),
  );
  await state.put(openingPlaces, place, { openingId });
  return writeOpening(call, {
    ...commitment,
    auditorId: caller.memberId,
    cause: 'random',
    status: 'committed',
    committedAt: now,
  });
}

/** Names the blocks that the revealed randomness draws. */
export async function revealOpening(
  call: TransactionCall,
  { openingId, randomness }: OpeningReveal,
): Promise<Opening> {
  const { state, caller, now } = call;
  const opening = await state.require(openings, openingId);
  if (opening.randomness === randomness && opening.auditorId === caller.memberId) return opening;
  const versions = await readVersions(state, opening.productId);
  const candidates = await readOpenable(state, opening, versions);
  requireAllowed(
    checkOpeningReveal({
      opening,
      randomness,
      callerId: caller.memberId,
      versions,
      candidates: candidates.length,
      now,
    }),
  );
  for (const { version } of versions) {
    const ofVersion = candidates.filter(({ product }) => product.version === version);
    await nameBlocks(call, { ...opening, randomness }, ofVersion);
  }
  return writeOpening(call, { ...opening, randomness, status: 'revealed', revealedAt: now });
}

/** Stored or frozen contributions, and what was in a cohort before it was replaced or taken out. */
async function readOpenable(
  state: WorldState,
  { productId, epoch }: Opening,
  versions: readonly Product[],
): Promise<Openable[]> {
  const counted = await state.list(countedPlans, productId, epoch);
  const used = new Set<string>(
    counted.flatMap(({ cohort }) => cohort.map(({ contributionId }) => contributionId)),
  );
  return (await state.list(contributions, productId, epoch)).flatMap((contribution) => {
    const { status, contributionId, productVersion } = contribution;
    const counts = status === 'stored' || status === 'frozen' || used.has(contributionId);
    const product = versions.find(({ version }) => version === productVersion);
    return counts && product !== undefined && allowsOpenings(product)
      ? [{ contribution, product }]
      : [];
  });
}

function allowsOpenings(product: Product): product is Openable['product'] {
  return product.openings !== undefined;
}

async function nameBlocks(
  call: TransactionCall,
  opening: Opening & { readonly randomness: string },
  openable: readonly Openable[],
): Promise<void> {
  const [first] = openable;
  if (first === undefined) return;
  const chosen = chooseOpenings({
    randomness: opening.randomness,
    openingId: opening.openingId,
    openings: first.product.openings,
    candidates: openable.map(({ contribution }) => contribution),
    cells: productCellCount(first.product),
  });
  for (const choice of chosen) {
    const found = openable.find(
      ({ contribution }) => contribution.contributionId === choice.contributionId,
    );
    if (found !== undefined) await nameBlocksOf(call, opening, found, choice);
  }
}

async function nameBlocksOf(
  { state, now }: TransactionCall,
  { openingId, auditorId }: Opening,
  { contribution, product }: Openable,
  { cells }: ChosenContribution,
): Promise<void> {
  const { contributionId, contributorId, productId, epoch, keyId } = contribution;
  const key = await state.require(committeeKeys, keyId);
  const { blocks } = layoutForProduct(product, key.record);
  const all = Array.from({ length: blocks }, (_unused, block) => block);
  const { answerMs } = product.openings;
  await putOpeningTask(state, {
    openingId,
    contributionId,
    contributorId,
    productId,
    epoch,
    judgeId: auditorId,
    rows: rowsOfCells(cells, all, blocks),
    answerMs,
    deadline: now + answerMs,
    status: 'due',
    conclusions: [],
  });
}

async function writeOpening({ state, emit }: TransactionCall, opening: Opening): Promise<Opening> {
  const { openingId, status } = opening;
  await state.put(openings, [openingId], opening);
  emit('openingChanged', { openingId, status });
  return opening;
}
