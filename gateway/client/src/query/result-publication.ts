import { requiredBlocks } from '@veilsum/crypto';
import {
  resultPublicationSchema,
  VeilsumError,
  type Certificate,
  type ResultPublication,
} from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import type { PlannedQuery } from './ledger-view.js';

/** Below what a transaction's argument may hold, with room for its other fields. */
const CHARACTERS_MAX = 950_000;

/**
 * The arguments of `query:publishResult` that publish a result: one, or one for as many groups as fit.
 * Every one names all c of the certificate, since the ledger has only the hash of them.
 * @param groups ascending indices; undefined: all
 * @throws {@link VeilsumError} LIMIT_EXCEEDED when not even one group fits
 */
export function publicationsOf(
  planned: PlannedQuery,
  certificate: Certificate,
  groups: readonly number[] = planned.plan.groups.map((_group, index) => index),
): ResultPublication[] {
  const { record, plan, product, key } = planned;
  const layout = layoutForProduct(product, key);
  const planes = plan.planes.map(({ plane }) => plane);
  const blocksOf = new Map<number, number[]>();
  for (const [block, { group }] of requiredBlocks(layout, planes, plan.groups.length).entries()) {
    blocksOf.set(group, [...(blocksOf.get(group) ?? []), block]);
  }
  const characters = (list: readonly string[]) =>
    list.reduce((sum, text) => sum + text.length + 3, 0);
  const parts = partsOf(groups, {
    room: CHARACTERS_MAX - characters(certificate.c),
    cost: (group) => {
      const blocks = blocksOf.get(group) ?? [];
      return characters(pick(certificate.m, blocks)) + characters(pick(certificate.w, blocks));
    },
  });
  return parts.map((part) => {
    const blocks = part.flatMap((group) => blocksOf.get(group) ?? []);
    const opened = { m: pick(certificate.m, blocks), w: pick(certificate.w, blocks) };
    return resultPublicationSchema.parse({
      queryId: record.queryId,
      certificate: { ...certificate, ...opened },
      groups: part,
    });
  });
}

function partsOf(
  groups: readonly number[],
  { room, cost }: { readonly room: number; readonly cost: (group: number) => number },
): number[][] {
  const parts: number[][] = [];
  let left = 0;
  for (const group of groups) {
    const needed = cost(group);
    if (needed > room) {
      throw new VeilsumError('LIMIT_EXCEEDED', 'The result has too many blocks to be published.');
    }
    if (parts.length === 0 || needed > left) {
      parts.push([]);
      left = room;
    }
    parts.at(-1)?.push(group);
    left -= needed;
  }
  return parts;
}

function pick(list: readonly string[], positions: readonly number[]): string[] {
  return positions.map((position) => list[position] ?? '');
}
