import type { OpeningTask, OpeningTaskReference, Product, ProductId } from '@veilsum/protocol';
import { contributionPlaces, products } from './ledger-objects.js';
import { openingTasks } from './oversight-objects.js';
import type { WorldState } from './world-state.js';

/** @returns what a contributor has to show of a contribution, or undefined when it has not to */
export async function findOpeningTask(
  state: WorldState,
  { openingId, contributionId }: OpeningTaskReference,
): Promise<OpeningTask | undefined> {
  const place = await state.get(contributionPlaces, contributionId);
  if (place === undefined) return undefined;
  return state.get(openingTasks, place.contributorId, openingId, contributionId);
}

/** @throws {@link VeilsumError} NOT_FOUND */
export async function requireOpeningTask(
  state: WorldState,
  { openingId, contributionId }: OpeningTaskReference,
): Promise<OpeningTask> {
  const { contributorId } = await state.require(contributionPlaces, contributionId);
  return state.require(openingTasks, contributorId, openingId, contributionId);
}

/** Writes what a contributor has to show, without an event. */
export async function putOpeningTask(state: WorldState, task: OpeningTask): Promise<OpeningTask> {
  const { contributorId, openingId, contributionId } = task;
  await state.put(openingTasks, [contributorId, openingId, contributionId], task);
  return task;
}

/** Every version of a product id, the first one first. */
export function readVersions(state: WorldState, productId: ProductId): Promise<Product[]> {
  return state.list(products, productId);
}
