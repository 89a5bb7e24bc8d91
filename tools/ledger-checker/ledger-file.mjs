import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** An exported ledger is read line by line: one block each. @throws {Error} when a line is no JSON object */
export async function* readBlocks(path) {
  const input = createReadStream(path, 'utf8');
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (text.trim() === '') continue;
    yield { text, block: parseBlock(text, number) };
  }
}

function parseBlock(text, number) {
  try {
    const block = JSON.parse(text);
    if (Array.isArray(block.transactions) && block.format === 'veilsum-block/1') return block;
  } catch {
    // Falls through to the same sentence.
  }
  throw new Error(`Line ${number} is not a block of an embedded ledger.`);
}
