import { hasNoiseRoom } from '@veilsum/crypto';
import type { Plan, Product, QueryRequest, RuleOutcome } from '@veilsum/protocol';
import { planeBounds, sensitivity } from '../product/plane-bounds.js';
import { failed, passed } from '../verdict.js';
import { epsilonText } from './epsilon-text.js';

const NOISE_ROOM = { rule: 'noise-room', version: 1 };

/** A plane of a plan with its part of ε. */
export type PlanPlane = Plan['planes'][number];

/**
 * The planes of a plan: ε in equal parts of ⌊ε / planes⌋, at least 1, or 0 for exact release. The
 * sensitivity of an unbounded plane is "0", which only an exact plan may hold (docs/protocol.md §6.1).
 * @param planes ascending indices into the product's planes, at least one
 */
export function planPlanes(
  product: Product,
  { release, epsilonMicro }: Pick<QueryRequest, 'release' | 'epsilonMicro'>,
  planes: readonly number[],
): PlanPlane[] {
  const each = release === 'exact' ? 0 : Math.max(1, Math.floor(epsilonMicro / planes.length));
  return planes.map((plane) => ({
    epsilonMicro: each,
    plane,
    sensitivity: sensitivityOf(product, plane).toString(),
  }));
}

/**
 * Each plane must have room for the noise of all keyholders, and the parts of ε may not exceed it
 * (docs/protocol.md §6.1).
 * @param keyholders ℓ
 */
export function noiseFits(
  product: Product,
  { release, epsilonMicro }: Pick<QueryRequest, 'release' | 'epsilonMicro'>,
  { planes, keyholders }: { readonly planes: readonly PlanPlane[]; readonly keyholders: number },
): RuleOutcome {
  const inputs = { release, epsilonMicro, planes: planes.length, keyholders };
  if (release === 'exact') {
    return passed(NOISE_ROOM, 'An exact release adds no noise.', inputs);
  }
  const charged = planes.reduce((sum, plane) => sum + plane.epsilonMicro, 0);
  if (charged > epsilonMicro) {
    const sentence = `The ε is below 0.000001 for each of ${planes.length} planes; ask with at least ${epsilonText(planes.length)}.`;
    return failed(NOISE_ROOM, { code: 'EPSILON_TOO_SMALL', sentence }, inputs);
  }
  const narrow = planes.find((plane) => !hasRoom(product, plane, keyholders));
  if (narrow === undefined) {
    return passed(NOISE_ROOM, 'Every plane has room for the noise.', inputs);
  }
  const name = product.planes[narrow.plane]?.name ?? '';
  const sentence = `The noise of an ε this small would not fit the plane ${name}; ask with a larger ε or for fewer planes.`;
  return failed(NOISE_ROOM, { code: 'EPSILON_TOO_SMALL', sentence }, { ...inputs, plane: name });
}

function hasRoom(product: Product, plane: PlanPlane, keyholders: number): boolean {
  const change = BigInt(plane.sensitivity);
  const valueBits = product.planes[plane.plane]?.valueBits;
  if (valueBits === undefined || change < 1n) return false;
  return hasNoiseRoom({
    l: keyholders,
    sensitivity: change,
    epsilonMicro: BigInt(plane.epsilonMicro),
    valueBits,
  });
}

function sensitivityOf(product: Product, index: number): bigint {
  const plane = product.planes[index];
  if (plane === undefined) throw new Error(`The product has no plane ${index}.`);
  return planeBounds(product, plane) === undefined ? 0n : sensitivity(product, plane);
}
