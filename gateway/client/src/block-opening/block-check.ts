import {
  CryptoError,
  blocksForPlanes,
  createEncryptor,
  encodeCiphertext,
  hexToBigint,
  unpackBlock,
  type Encryptor,
  type Layout,
  type PublicKey,
} from '@veilsum/crypto';
import type { OpeningContent, OpeningTask, Product } from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import type { OpeningFault } from './opening-fault.js';
import { stripFaults, type OpenedStrip } from './strip-check.js';

/** An answer and all that it is held against. */
export interface BlockCheck {
  /** Secret. */
  readonly content: OpeningContent;
  readonly task: Pick<OpeningTask, 'openingId' | 'contributionId' | 'rows'>;
  readonly product: Product;
  readonly key: PublicKey;
  /** Of the container whose hash the ledger has, for each row of the task. */
  readonly ciphertexts: readonly Uint8Array[];
  /** Cells that the contributor declares to have data in. */
  readonly coverage: readonly number[];
}

type OpenedRow = OpeningContent['rows'][number];

/**
 * Holds opened blocks against the container, the layout, the bounds of the product and the declared coverage
 * (docs/protocol.md §9).
 * @returns what is wrong; nothing when the answer agrees
 */
export function checkOpenedBlocks(check: BlockCheck): OpeningFault[] {
  const answer = answerFaults(check);
  if (answer.length > 0) return answer;
  const layout = layoutForProduct(check.product, check.key);
  const encryptor = createEncryptor(check.key, { expectedCount: check.task.rows.length });
  const faults: OpeningFault[] = [];
  const opened: OpenedBlock[] = [];
  for (const [position, row] of check.content.rows.entries()) {
    const encryption = encryptionFault(check, encryptor, row, check.ciphertexts[position]);
    const block = encryption === undefined ? openBlock(layout, row) : undefined;
    if (block === undefined) faults.push(encryption ?? layoutFault(row));
    else opened.push(block);
  }
  const cells = [...new Set(opened.map(({ cell }) => cell))];
  return [...faults, ...cells.flatMap((cell) => cellFaults(check, layout, opened, cell))];
}

/** One block that is what the container has, decoded. Secret. */
interface OpenedBlock {
  readonly cell: number;
  readonly block: number;
  /** Slots in lane order of what each plane has in this block. */
  readonly slots: ReadonlyMap<number, readonly bigint[]>;
}

function cellFaults(
  { product, coverage }: BlockCheck,
  layout: Layout,
  opened: readonly OpenedBlock[],
  cell: number,
): OpeningFault[] {
  const blocks = opened.filter((candidate) => candidate.cell === cell);
  const strip: OpenedStrip = {
    planes: joinPlanes(layout, blocks),
    isWhole: blocks.length === layout.blocks,
    isDeclared: coverage.includes(cell),
  };
  const row = cell * layout.blocks;
  return stripFaults(product, strip).map(({ fault, sentence }) => ({ fault, row, sentence }));
}

/** Slots of each plane in lane order; a plane of which a block is missing is left out. */
function joinPlanes(layout: Layout, blocks: readonly OpenedBlock[]): Map<number, bigint[]> {
  const planes = new Map<number, bigint[]>();
  for (const [plane] of layout.planes.entries()) {
    const parts = blocksForPlanes(layout, [plane]).map((needed) =>
      blocks.find(({ block }) => block === needed)?.slots.get(plane),
    );
    if (parts.includes(undefined)) continue;
    planes.set(
      plane,
      parts.flatMap((part) => part ?? []),
    );
  }
  return planes;
}

function answerFaults({ content, task }: BlockCheck): OpeningFault[] {
  const isSame =
    content.openingId === task.openingId &&
    content.contributionId === task.contributionId &&
    content.rows.length === task.rows.length &&
    content.rows.every(({ row }, position) => row === task.rows[position]);
  const sentence = 'The answer is not for the blocks that were named.';
  return isSame ? [] : [{ fault: 'answer', row: task.rows[0] ?? 0, sentence }];
}

function encryptionFault(
  { key }: Pick<BlockCheck, 'key'>,
  encryptor: Encryptor,
  { row, message, alpha }: OpenedRow,
  ciphertext: Uint8Array | undefined,
): OpeningFault | undefined {
  try {
    const encrypted = encryptor.encrypt(BigInt(message), hexToBigint(alpha));
    const bytes = encodeCiphertext(key, encrypted);
    if (ciphertext !== undefined && Buffer.from(bytes).equals(ciphertext)) return undefined;
    const sentence = 'What was shown does not encrypt to what is in the container.';
    return { fault: 'ciphertext', row, sentence };
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return { fault: 'range', row, sentence: 'What was shown cannot be encrypted at all.' };
  }
}

/** @returns undefined when the block does not decode */
function openBlock(layout: Layout, { row, message }: OpenedRow): OpenedBlock | undefined {
  const cell = Math.floor(row / layout.blocks);
  const block = row % layout.blocks;
  const planes = layout.units.filter((unit) => unit.block === block).map(({ plane }) => plane);
  try {
    const units = unpackBlock(layout, block, BigInt(message), [...new Set(planes)]);
    const slots = new Map<number, bigint[]>();
    for (const { unit, slots: values = [] } of units) {
      slots.set(unit.plane, [...(slots.get(unit.plane) ?? []), ...values]);
    }
    return { cell, block, slots };
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

function layoutFault({ row }: OpenedRow): OpeningFault {
  return { fault: 'layout', row, sentence: 'The block does not decode by the layout.' };
}
