import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import type { FabricSource } from './audit-source.js';

const lineSchema = z.strictObject({
  format: z.literal('veilsum-fabric-block/1'),
  /** Name of the contracts' chaincode on the channel. */
  chaincode: z.string(),
  /** `common.Block` in base64. */
  block: z.base64(),
});

/** One line of an exported channel. */
export function encodeFabricLine(block: Uint8Array, chaincode: string): string {
  const line: z.infer<typeof lineSchema> = {
    format: 'veilsum-fabric-block/1',
    chaincode,
    block: Buffer.from(block).toString('base64'),
  };
  return `${JSON.stringify(line)}\n`;
}

/**
 * An exported channel, one block a line.
 * @returns undefined when the file is not that of a Fabric channel
 * @throws {@link VeilsumError} SOURCE_UNREADABLE
 */
export async function openFabricFile(
  path: string,
  genesisHash: string,
): Promise<FabricSource | undefined> {
  for await (const line of linesOf(path)) {
    const first = parseLine(line);
    if (first === undefined) return undefined;
    const { chaincode } = first;
    return { kind: 'fabric', genesisHash, chaincode, blocks: () => blocksOf(path, chaincode) };
  }
  return undefined;
}

async function* blocksOf(path: string, chaincode: string): AsyncGenerator<Uint8Array> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    const parsed = parseLine(line);
    if (parsed?.chaincode !== chaincode) {
      throw new VeilsumError('SOURCE_UNREADABLE', `${path}, line ${number}, is not a block.`);
    }
    yield Buffer.from(parsed.block, 'base64');
  }
}

function linesOf(path: string): AsyncIterable<string> {
  const input = createReadStream(path, 'utf8').on('error', () => undefined);
  return createInterface({ input, crlfDelay: Infinity });
}

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
