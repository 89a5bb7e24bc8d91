import { askLedger } from '@veilsum/ledger';
import { adoptedRulebookSchema, rulebookSchema, type Rulebook } from '@veilsum/protocol';
import type { CommandContext } from '../command/command.js';
import { readDocument } from '../document/document-file.js';

/** @returns the adopted rulebook of a version, or the one in force; NOT_FOUND when there is none */
export async function readAdopted(context: CommandContext, version?: number) {
  const { ledger } = await context.session();
  const argument = version === undefined ? {} : { version };
  return askLedger(ledger, 'rulebook:read', argument, adoptedRulebookSchema);
}

/** A rulebook as one names it on the command line: the number of a version, or a file. */
export async function rulebookNamed(context: CommandContext, name: string): Promise<Rulebook> {
  if (/^\d+$/.test(name)) return (await readAdopted(context, Number(name))).rulebook;
  return readDocument(name, rulebookSchema);
}
