import { stderr, stdin } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { VeilsumError } from '@veilsum/protocol';

/** Something that cannot be undone. */
export interface Irrevocable {
  /** What stops and what happens to running queries and money, in one or two sentences. */
  readonly consequence: string;
  /** The word that must be typed, e.g. the id of the object. */
  readonly word: string;
}

/**
 * Asks for a typed confirmation unless `--yes` was given.
 * @throws {@link VeilsumError} CONFIRMATION_REQUIRED when it is not given
 */
export async function requireConfirmation(act: Irrevocable, yes: boolean): Promise<void> {
  if (yes) return;
  if (!stdin.isTTY) throw notConfirmed(`${act.consequence} Pass --yes to do it from a script.`);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const typed = await terminal.question(`${act.consequence}\nType ${act.word} to go on: `);
    if (typed.trim() !== act.word) throw notConfirmed('Nothing was changed.');
  } finally {
    terminal.close();
  }
}

const notConfirmed = (sentence: string) => new VeilsumError('CONFIRMATION_REQUIRED', sentence);
