import { bigintToHex, bytesToBigint, hexToBigint } from '@veilsum/crypto';
import { ContainerReader } from '@veilsum/protocol/container';

import type { MultiplicationTask } from './compute-pool.js';

/** The products of the chosen rows over all containers; reads only batches that hold one. */
export async function runMultiplication(task: MultiplicationTask): Promise<string[]> {
  const { cells, blocks, modulusBits, rows, positions } = task;
  const modulus = hexToBigint(task.n) ** 2n;
  const products = new Array<bigint>(task.count).fill(1n);
  for (const path of task.containerPaths) {
    const reader = await ContainerReader.open(path, { cells, blocks, modulusBits });
    try {
      let next = 0;
      for await (const ciphertext of reader.ciphertexts(rows)) {
        const position = positions[next] ?? 0;
        products[position] = ((products[position] ?? 1n) * bytesToBigint(ciphertext)) % modulus;
        next += 1;
      }
    } finally {
      await reader.close();
    }
  }
  return products.map(bigintToHex);
}
