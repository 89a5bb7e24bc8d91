import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createEncryptor,
  encodeCiphertext,
  PlaintextProver,
  type Layout,
  type PublicKey,
} from '@veilsum/crypto';
import type { ContributionContext } from '@veilsum/protocol';
import { ContainerReader, writeContainer, type ContainerProof } from '@veilsum/protocol/container';
import { TEST_CELLS } from './test-network.js';

/** Ciphertexts with the secret plaintexts and exponents that their maker claims to know. */
export interface Rows {
  readonly rows: readonly Uint8Array[];
  readonly messages: readonly bigint[];
  readonly alphas: readonly bigint[];
}

/** What a cheat puts into a container file. */
export interface Forgery {
  readonly rows: readonly Uint8Array[];
  readonly context: ContributionContext;
  readonly proof: ContainerProof;
  /** Cells that the rows are spread over evenly; those of the product when absent. */
  readonly cells?: number;
}

/** Encryptions of zero. */
export function encryptedZeros(key: PublicKey, count: number): Rows {
  const encryptor = createEncryptor(key, { expectedCount: count });
  const alphas = Array.from({ length: count }, () => encryptor.generateAlpha());
  const rows = alphas.map((alpha) => encodeCiphertext(key, encryptor.encrypt(0n, alpha)));
  return { rows, messages: alphas.map(() => 0n), alphas };
}

/** The proof of whoever knows these plaintexts and exponents; it holds only if the rows have them. */
export function proofOf(
  key: PublicKey,
  context: ContributionContext,
  { rows, messages, alphas }: Rows,
): ContainerProof {
  const prover = new PlaintextProver({ key, context, count: rows.length });
  for (const row of rows) prover.absorb(row);
  for (const [position, message] of messages.entries()) {
    prover.add(message, alphas[position] ?? 0n);
  }
  return prover.prove();
}

/** Writes a container whatever is in it. @returns its bytes */
export async function forgeContainer(
  folder: string,
  key: PublicKey,
  { rows, context, proof, cells = TEST_CELLS }: Forgery,
): Promise<Uint8Array> {
  const path = join(folder, `${context.contributionId}.forged`);
  await writeContainer({
    path,
    shape: { cells, blocks: rows.length / cells, modulusBits: key.modulusBits },
    context,
    ciphertexts: rows,
    prove: () => proof,
  });
  const bytes = await readFile(path);
  await rm(path);
  return bytes;
}

/** What anybody who is served a container can read in it. */
export async function readContainer(
  path: string,
  { modulusBits }: PublicKey,
  { blocks }: Layout,
): Promise<Pick<Forgery, 'rows' | 'proof'>> {
  const reader = await ContainerReader.open(path, { cells: TEST_CELLS, blocks, modulusBits });
  try {
    const rows: Uint8Array[] = [];
    for await (const { ciphertexts } of reader.batches()) rows.push(...ciphertexts);
    return { rows, proof: reader.proof };
  } finally {
    await reader.close();
  }
}
