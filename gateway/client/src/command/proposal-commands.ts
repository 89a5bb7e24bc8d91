import { hashCanonicalJson } from '@veilsum/crypto';
import { readAnswer, tellLedger } from '@veilsum/ledger';
import {
  hashSchema,
  proposalContentSchemas,
  proposalKindSchema,
  proposalSchema,
  VeilsumError,
  type Hash,
  type Proposal,
  type ProposalContent,
  type ProposalKind,
  type ReadProposal,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import type { ZodType } from 'zod';
import { parseAs, readDocument } from '../document/document-file.js';
import {
  approveProposal,
  listProposals,
  readProposal,
  submitProposal,
} from '../proposal/proposal-calls.js';
import { approversInWords, missingInWords, waitingInWords } from '../proposal/proposed-change.js';
import { addCommand, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showTime } from './wording.js';

const HOUR_MS = 3_600_000;
const kinds = proposalKindSchema.options.join(', ');

/** Adds `veilsum proposal …`. */
export function addProposalCommands(program: Command): void {
  const proposal = program
    .command('proposal')
    .description('changes of the rules, which nobody decides alone');
  addSubmit(proposal);
  addList(proposal);
  addShow(proposal);
  addApprove(proposal);
  addReject(proposal);
  addWithdraw(proposal);
}

function addSubmit(proposal: Command): void {
  addCommand<{ reason: string; days: string }>(proposal, {
    usage: 'submit <kind> <file>',
    summary: 'propose a change; others approve it before it takes effect',
    example: 'proposal submit standard weekly-sales.yaml --reason "Asked for by the shops"',
    options: [
      { flags: '--reason <text>', meaning: 'why, for those who decide', required: true },
      { flags: '--days <n>', meaning: 'how long they have, at most 90', default: '14' },
    ],
    run: async (context, { reason, days }, [kindName = '', file = '']) => {
      const kind = proposalKind(kindName);
      const schema: ZodType<ProposalContent> = proposalContentSchemas[kind];
      const content = await readDocument(file, schema);
      const openMs = parseDays(days) * 24 * HOUR_MS;
      const { ledger } = await context.session();
      const submitted = await submitProposal(ledger, { kind, content, reason, openMs });
      context.output.result(submitted);
      context.output.line(waitingInWords(submitted));
    },
  });
}

function proposalKind(text: string): ProposalKind {
  const kind = proposalKindSchema.safeParse(text);
  if (kind.success) return kind.data;
  throw new VeilsumError('INVALID_ARGUMENT', `There is no kind "${text}"; known: ${kinds}.`);
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 90) return days;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `--days is a whole number from 1 to 90, not "${text}".`,
  );
}

function addList(proposal: Command): void {
  addCommand<{ open?: true }>(proposal, {
    usage: 'list',
    summary: 'all proposals, with who is still missing',
    example: 'proposal list --open --as regulator',
    options: [{ flags: '--open', meaning: 'only those that can still be decided' }],
    run: async (context, { open }) => {
      const { ledger } = await context.session();
      const all = await listProposals(ledger);
      const shown = all.filter(({ status }) => open !== true || status === 'open');
      shown.sort((left, right) => left.proposedAt - right.proposedAt);
      context.output.result(shown);
      context.output.table(
        ['proposal', 'kind', 'proposed by', 'status', 'approved by', 'missing', 'until (UTC)'],
        shown.map((one) => [
          one.proposalId,
          one.kind,
          one.proposedBy,
          one.status,
          one.approvals.map(({ mspId }) => mspId).join(', '),
          one.status === 'open' ? missingInWords(one) : '',
          showTime(one.expiresAt),
        ]),
      );
    },
  });
}

function addShow(proposal: Command): void {
  addCommand(proposal, {
    usage: 'show <proposal>',
    summary: 'the exact content of a proposal, its hash, and who said what about it',
    example: 'proposal show 4f1c… --as regulator',
    run: async (context, _options, [proposalId = '']) => {
      const found = await readChecked(context, proposalId);
      context.output.result(found);
      context.output.line(JSON.stringify(found.content, undefined, 2));
      context.output.table(['', ''], describe(found));
    },
  });
}

/** Believes no hash that is not of the content shown. @throws {@link VeilsumError} LEDGER_INTEGRITY */
async function readChecked(context: CommandContext, proposalId: string): Promise<ReadProposal> {
  const { ledger } = await context.session();
  const found = await readProposal(ledger, proposalId);
  const { kind, content, contentHash } = found;
  if (hashCanonicalJson({ kind, content }) === contentHash) return found;
  throw new VeilsumError(
    'LEDGER_INTEGRITY',
    `The proposal ${proposalId} has another content than its hash says.`,
  );
}

function describe(found: ReadProposal): [string, string][] {
  const { rejections, needs } = found;
  return [
    ['kind', found.kind],
    ['content hash', found.contentHash],
    ['reason', found.reason],
    ['proposed', `${showTime(found.proposedAt)} by ${found.proposedBy}`],
    ['status', found.status],
    ['approved by', approversInWords(found)],
    ['missing', found.status === 'open' ? missingInWords(found) : ''],
    [
      'not approved by',
      rejections
        .map(({ mspId, memberId, reason }) => `${mspId} (${memberId}): ${reason}`)
        .join('\n'),
    ],
    ['why these', needs.trace.map(({ sentence }) => sentence).join('\n')],
    ['until', showTime(found.expiresAt)],
  ];
}

function addApprove(proposal: Command): void {
  addCommand<{ hash?: string }>(proposal, {
    usage: 'approve <proposal>',
    summary: 'approve for your organisation exactly what has this hash',
    example: 'proposal approve 4f1c… --hash 9ab2… --as regulator',
    options: [
      { flags: '--hash <hex>', meaning: 'of the content that you read; asked for when absent' },
    ],
    run: async (context, { hash }, [proposalId = '']) => {
      const found = await readChecked(context, proposalId);
      const contentHash =
        hash === undefined ? await confirmedHash(context, found) : parseHash(hash);
      const { ledger } = await context.session();
      const approved = await approveProposal(ledger, { ...found, contentHash });
      context.output.result(approved);
      context.output.line(
        approved.status === 'adopted'
          ? `It is in effect; approved by ${approversInWords(approved)}.`
          : `Approved. Missing: ${missingInWords(approved)}.`,
      );
    },
  });
}

const parseHash = (text: string): Hash => parseAs(hashSchema, text, '--hash');

/** Who names no hash is shown the content, and types the beginning of its hash. */
async function confirmedHash(context: CommandContext, found: ReadProposal): Promise<Hash> {
  if (context.yes) {
    throw new VeilsumError(
      'CONFIRMATION_REQUIRED',
      'What is approved has to be named: pass --hash with the hash of what you read.',
    );
  }
  const { contentHash, content } = found;
  const word = contentHash.slice(0, 8);
  const consequence = `${JSON.stringify(content, undefined, 2)}\nThis ${found.kind} takes effect once all have approved; an approval cannot be taken back. The hash is ${contentHash}.`;
  await requireConfirmation({ consequence, word }, false);
  return contentHash;
}

function addReject(proposal: Command): void {
  addCommand<{ reason: string }>(proposal, {
    usage: 'reject <proposal>',
    summary: 'record that your organisation does not approve, and why',
    example: 'proposal reject 4f1c… --reason "The bounds are too wide" --as regulator',
    options: [{ flags: '--reason <text>', meaning: 'for everyone to read', required: true }],
    run: (context, { reason }, [proposalId = '']) =>
      tell(context, 'proposal:reject', { proposalId, reason }),
  });
}

function addWithdraw(proposal: Command): void {
  addCommand(proposal, {
    usage: 'withdraw <proposal>',
    summary: 'take your own proposal back',
    example: 'proposal withdraw 4f1c… --as operator',
    run: (context, _options, [proposalId = '']) =>
      tell(context, 'proposal:withdraw', { proposalId }),
  });
}

async function tell(
  context: CommandContext,
  call: 'proposal:reject' | 'proposal:withdraw',
  argument: object,
): Promise<void> {
  const { ledger } = await context.session();
  const { result } = await tellLedger(ledger, call, argument);
  const answered: Proposal = readAnswer(call, result, proposalSchema);
  context.output.result(answered);
  context.output.line(`The proposal is ${answered.status}.`);
}
