import { askLedger, type LedgerCall } from '@veilsum/ledger';
import type { Proposal } from '@veilsum/protocol';
import { z } from 'zod';
import { approversInWords, waitingInWords } from '../proposal/proposed-change.js';
import type { CommandContext } from './command.js';

/** What is the case once a proposal is adopted. */
export interface Effect {
  /** E.g. `weekly-sales@1 is published`. */
  readonly sentence: string;
  /** The call that reads what it made or changed, for programs. */
  readonly read: readonly [call: LedgerCall, argument: object];
}

/**
 * Says what became of a proposed change: what it did and who approved, or what the others have to run. For
 * programs the result is the object as it is now, or the open proposal.
 */
export async function showOutcome(
  context: CommandContext,
  proposal: Proposal,
  { sentence, read: [call, argument] }: Effect,
): Promise<void> {
  const { output } = context;
  if (proposal.status !== 'adopted') {
    output.result(proposal);
    output.line(waitingInWords(proposal));
    return;
  }
  const { ledger } = await context.session();
  output.result(await askLedger(ledger, call, argument, z.json()));
  output.line(`${sentence}; approved by ${approversInWords(proposal)}.`);
}
