import { hashBlinding } from './block-hashes.js';
import type { Ciphertext } from './ciphertext.js';
import { addCiphertexts } from './ciphertext.js';
import type { NoiseLaw, RandomBelow } from './discrete-laplace.js';
import { hasNoiseRoom, sampleDiscreteLaplace } from './discrete-laplace.js';
import { createEncryptor } from './encryption.js';
import { ParameterError } from './errors.js';
import type { Layout, LayoutUnit } from './layout.js';
import { blocksForPlanes, planeOf, unitBits, unitsOfBlock } from './layout.js';
import type { UnitContent } from './packing.js';
import { packBlock } from './packing.js';
import type { PlaintextProof } from './plaintext-proof.js';
import { provePlaintextKnowledge } from './plaintext-proof.js';
import { verifyPlaintextProof } from './plaintext-proof-verifier.js';
import type { PublicKey } from './public-key.js';
import { randomBelow } from './random.js';

/** A requested plane with the noise that the plan gives it; the noise is unused in exact release. */
export interface PlannedPlane extends NoiseLaw {
  /** Index from 0 into the layout's planes. */
  readonly plane: number;
}

/** What a plan asks of a blinding (`docs/protocol.md §6.1`, §6.4); public. */
export interface BlindingPlan {
  readonly layout: Layout;
  /** Number of groups. */
  readonly groups: number;
  readonly planes: readonly PlannedPlane[];
  /** With `"exact"`, requested slots stay zero; masks always apply. */
  readonly release: 'exact' | 'noisy';
}

/** Whom a blinding is from and for which attempt (`docs/protocol.md §6.4`); bound into its proof. */
export interface BlindingContext {
  /** Counts from 1. */
  readonly attempt: number;
  readonly format: 'veilsum-blinding/1';
  /** The keyholder's, 1..ℓ. */
  readonly index: number;
  /** 64 lower-case hex digits. */
  readonly planHash: string;
}

/** One keyholder's blinding of one attempt; hidden until the ledger has fixed who takes part. */
export interface Blinding {
  /** One for each final block, in block order. */
  readonly blocks: readonly Ciphertext[];
  readonly context: BlindingContext;
  readonly proof: PlaintextProof;
  /** What goes on the ledger first, 64 hex digits. */
  readonly blindingHash: string;
}

/** One block of a plan: the group, an index from 0 into the plan's, and the block of the layout. */
export interface PlanPosition {
  readonly group: number;
  readonly block: number;
}

/**
 * The blocks that a plan needs, in block order: groups in plan order, then blocks ascending
 * (`docs/protocol.md §6.2`).
 *
 * @param planes indices from 0 of the requested planes
 * @param groups number of groups
 * @throws {@link ParameterError} when a plane index is out of range or repeats
 */
export function requiredBlocks(
  layout: Layout,
  planes: readonly number[],
  groups: number,
): PlanPosition[] {
  const blocks = blocksForPlanes(layout, planes);
  return Array.from({ length: groups }, (_unused, group) =>
    blocks.map((block) => ({ group, block })),
  ).flat();
}

/**
 * A fresh blinding: in every slot of a requested unit one exact discrete Laplace sample, as each other
 * unit one uniform mask, encrypted with fresh long exponents and proved (`docs/protocol.md §6.4`).
 * Plaintexts and exponents are secret and forgotten on return. No blinding serves twice.
 *
 * @param request the plan, and the context: attempt and planHash from the ledger, the own index
 * @throws {@link ParameterError} when a plane is unknown or its noise has no room in its slots
 */
export function generateBlinding(
  request: BlindingPlan & {
    readonly key: PublicKey;
    readonly planHash: string;
    readonly attempt: number;
    readonly index: number;
  },
): Blinding {
  const { key, planHash, attempt, index } = request;
  const context = blindingContext({ planHash, attempt, index });
  const messages = drawBlindingPlaintexts(request);
  const encryptor = createEncryptor(key, {
    expectedCount: messages.length,
    format: 'veilsum-blinding/1',
  });
  const alphas = messages.map(() => encryptor.generateAlpha());
  const blocks = messages.map((message, position) =>
    encryptor.encrypt(message, alphas[position] ?? encryptor.generateAlpha()),
  );
  const proof = provePlaintextKnowledge({ key, context, blocks, messages, alphas });
  const blindingHash = hashBlinding({ key, planHash, attempt, index, blocks, proof });
  return { blocks, context, proof, blindingHash };
}

/**
 * The plaintexts of a blinding in block order; secret (`docs/protocol.md §6.4`).
 *
 * @param random a uniform source; another than the default is for tests with a fixed seed
 * @throws {@link ParameterError} when a plane is unknown or its noise has no room in its slots
 */
export function drawBlindingPlaintexts(
  plan: BlindingPlan,
  random: RandomBelow = randomBelow,
): bigint[] {
  requireNoiseRoom(plan);
  const { layout, groups, planes } = plan;
  const laws = new Map<number, NoiseLaw>(planes.map((planned) => [planned.plane, planned]));
  const positions = requiredBlocks(layout, [...laws.keys()], groups);
  return positions.map(({ block }) => {
    const contents = unitsOfBlock(layout, block).map((unit): UnitContent => {
      const law = laws.get(unit.plane);
      if (law === undefined) return { value: drawMask(layout, unit, random) };
      const draw = (): bigint =>
        plan.release === 'exact' ? 0n : sampleDiscreteLaplace(law, random);
      return { slots: Array.from({ length: unit.lanes }, draw) };
    });
    return packBlock(layout, block, contents);
  });
}

/** The context of a blinding (`docs/protocol.md §6.4`). */
export function blindingContext(
  position: Pick<BlindingContext, 'attempt' | 'index' | 'planHash'>,
): BlindingContext {
  const { attempt, index, planHash } = position;
  return { attempt, format: 'veilsum-blinding/1', index, planHash };
}

/**
 * Whether the blocks that a keyholder shows are those of the blindingHash that it recorded, are valid
 * and come with a proof that it knows what is inside (`docs/protocol.md §6.5`).
 *
 * @param claim index, attempt, planHash and blindingHash from the ledger, count = the number of final
 * blocks; blocks and proof from anyone
 */
export function verifyBlinding(claim: {
  readonly key: PublicKey;
  readonly planHash: string;
  readonly attempt: number;
  readonly index: number;
  readonly count: number;
  readonly blindingHash: string;
  readonly blocks: readonly bigint[];
  readonly proof: PlaintextProof;
}): boolean {
  const { key, blocks, count, blindingHash, proof } = claim;
  if (blocks.length !== count) return false;
  if (blocks.some((block) => block < 0n || block >= key.n2)) return false;
  if (hashBlinding(claim) !== blindingHash) return false;
  return verifyPlaintextProof({
    key,
    context: blindingContext(claim),
    count,
    blocks: () => blocks,
    proof,
  });
}

/**
 * The final blocks c* = aggregate · Π blindingᵢ, in block order (`docs/protocol.md §6.5`).
 *
 * @param blindings the blocks of each keyholder that the ledger has in this attempt
 * @throws {@link ParameterError} when one has another number of blocks
 */
export function applyBlindings(
  key: PublicKey,
  aggregates: readonly Ciphertext[],
  blindings: readonly (readonly Ciphertext[])[],
): Ciphertext[] {
  return aggregates.map((aggregate, position) =>
    blindings.reduce((product, blocks) => {
      const block = blocks[position];
      if (block === undefined || blocks.length !== aggregates.length) {
        throw new ParameterError('A blinding has another number of blocks.');
      }
      return addCiphertexts(key, product, block);
    }, aggregate),
  );
}

function requireNoiseRoom({ layout, planes, release }: BlindingPlan): void {
  const { l } = layout;
  for (const { plane, sensitivity, epsilonMicro } of planes) {
    const { valueBits } = planeOf(layout, plane);
    if (release === 'exact') continue;
    if (!hasNoiseRoom({ l, valueBits, sensitivity, epsilonMicro })) {
      throw new ParameterError(`The noise of plane ${plane} has no room in its slots.`);
    }
  }
}

/** Uniform in [-2^(U-1+σ), 2^(U-1+σ)). */
function drawMask(layout: Layout, unit: LayoutUnit, random: RandomBelow): bigint {
  const half = 1n << BigInt(unitBits(layout, unit) - 1 + layout.maskBits);
  return random(2n * half) - half;
}
