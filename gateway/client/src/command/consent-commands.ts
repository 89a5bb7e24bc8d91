import { randomBytes } from 'node:crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import { memberSchema, productSchema, type Consent, type ConsentTerms } from '@veilsum/protocol';
import { checkConsentTerms, namedRecipients, requireAllowed } from '@veilsum/rules';
import type { Command } from 'commander';
import { z } from 'zod';
import { signTerms, termsOfDocument } from '../consent/consent-document.js';
import { listConsents, readConsent, readConsentHistory } from '../consent/consent-ledger.js';
import { consentInWords } from '../consent/consent-words.js';
import type { Session } from '../session/session.js';
import { addCommand, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { consentDocumentOf, termOptions, type TermOptions } from './consent-options.js';
import { addReceiptCommands, keepReceipt } from './consent-receipt-commands.js';
import { addRequestCommands } from './consent-request-commands.js';
import { addTemplateCommands } from './consent-template-commands.js';
import { addUsageCommand } from './consent-usage-command.js';
import { readReliedQuestions, showReliedQuestions } from './relied-questions.js';
import { showEpsilon, showId, showTime } from './wording.js';

const dryRun = { flags: '--dry-run', meaning: 'check and repeat the terms, and send nothing' };

/** Adds `veilsum consent …`. */
export function addConsentCommands(program: Command): void {
  const consent = program.command('consent').description('what a contributor allows');
  addTemplateCommands(consent);
  addGrant(consent);
  addAmend(consent);
  addWithdraw(consent);
  addList(consent);
  addShow(consent);
  addReceiptCommands(consent);
  addRequestCommands(consent);
  addUsageCommand(consent);
}

function addGrant(consent: Command): void {
  addCommand<TermOptions & { dryRun?: true }>(consent, {
    usage: 'grant',
    summary: 'allow a use of your data',
    example:
      'consent grant --as corner-shop --product weekly-sales@1 --purpose CommercialResearch --function sum,count --until 2027-12-31',
    options: [...termOptions, dryRun],
    run: async (context, options) => {
      await sendTerms(context, 'grant', randomBytes(16).toString('hex'), options);
    },
  });
}

function addAmend(consent: Command): void {
  addCommand<TermOptions & { dryRun?: true }>(consent, {
    usage: 'amend <consent>',
    summary: 'replace the terms of a consent; the earlier ones stay readable',
    example:
      'consent amend 3f0c… --as corner-shop --product weekly-sales@1 --purpose CommercialResearch --function sum --until 2027-06-30',
    options: [...termOptions, dryRun],
    run: async (context, options, [consentId = '']) => {
      await sendTerms(context, 'amend', consentId, options);
    },
  });
}

async function sendTerms(
  context: CommandContext,
  transaction: 'grant' | 'amend',
  consentId: string,
  options: TermOptions & { readonly dryRun?: true },
): Promise<void> {
  const document = await consentDocumentOf(options);
  termsOfDocument(document, { consentId, now: Date.now() });
  const session = await context.session();
  const unsigned = {
    ...termsOfDocument(document, { consentId, now: Date.now() }),
    ...(transaction === 'amend' ? await keptRequest(session, consentId) : {}),
  };
  const { memberId } = session.identity;
  const terms = signTerms(unsigned, memberId);
  for (const sentence of await checkedWords(session, terms)) context.output.line(sentence);
  if (options.dryRun === true) {
    context.output.result(terms);
    context.output.line('Nothing was sent.');
    return;
  }
  const commit = await tellLedger(session.ledger, `consent:${transaction}`, terms);
  context.output.result(commit.result);
  context.output.line(`Consent ${consentId} is on the ledger, block ${commit.blockNumber}.`);
  context.output.line(`Your receipt: ${await keepReceipt(session, consentId)}`);
}

/** An amended consent keeps the request that it answers. */
async function keptRequest(
  { ledger }: Session,
  consentId: string,
): Promise<Pick<ConsentTerms, 'requestId'>> {
  const { requestId } = await readConsent(ledger, consentId);
  return requestId === undefined ? {} : { requestId };
}

/**
 * The terms as sentences, once they pass what can be checked without writing.
 * @throws {@link VeilsumError} CONSENT_INVALID and others that the ledger would refuse with
 */
async function checkedWords({ ledger, identity }: Session, terms: ConsentTerms): Promise<string[]> {
  const { productId, productVersion: version } = terms;
  const product = await askLedger(ledger, 'product:read', { productId, version }, productSchema);
  const members = await askLedger(ledger, 'member:list', {}, z.array(memberSchema));
  const named = namedRecipients(terms);
  const knownMembers = new Set<string>(
    members.map(({ memberId }) => memberId).filter((memberId) => named.includes(memberId)),
  );
  const contributor = members.find(({ memberId }) => memberId === identity.memberId);
  if (contributor === undefined) throw new Error('The caller is no member.');
  const now = Date.now();
  requireAllowed(checkConsentTerms({ terms, product, contributor, knownMembers, now }));
  return consentInWords(terms, product);
}

function addWithdraw(consent: Command): void {
  addCommand(consent, {
    usage: 'withdraw <consent>',
    summary: 'withdraw a consent; it stops every query that has not been opened',
    example: 'consent withdraw 3f0c… --as corner-shop',
    run: async (context, _options, [consentId = '']) => {
      await requireConfirmation(
        {
          consequence:
            'Queries that have not been opened yet stop and are refunded; results already opened and money already settled stay.',
          word: showId(consentId),
        },
        context.yes,
      );
      const session = await context.session();
      const commit = await tellLedger(session.ledger, 'consent:withdraw', { consentId });
      context.output.result(commit.result);
      context.output.line(
        `Withdrawn in block ${commit.blockNumber}, transaction ${commit.transactionId}.`,
      );
      context.output.line(`Your receipt: ${await keepReceipt(session, consentId)}`);
    },
  });
}

function addList(consent: Command): void {
  addCommand<{ contributor?: string; product?: string }>(consent, {
    usage: 'list',
    summary: 'consents: all, of one contributor, or for one product',
    example: 'consent list --contributor corner-shop --as corner-shop',
    options: [
      { flags: '--contributor <member>', meaning: 'only of this contributor' },
      { flags: '--product <id>', meaning: 'only for this product id' },
    ],
    run: async (context, { contributor, product }) => {
      const { ledger } = await context.session();
      const consents = await listConsents(ledger, {
        ...(contributor === undefined ? {} : { contributorId: contributor }),
        ...(product === undefined ? {} : { productId: product.split('@')[0] ?? product }),
      });
      context.output.result(consents);
      context.output.table(
        ['consent', 'contributor', 'product', 'release', 'purposes', 'until', 'status'],
        consents.map((c) => [
          c.consentId,
          c.contributorId,
          `${c.productId}@${c.productVersion}`,
          c.release,
          c.purposes.join(', '),
          showTime(c.notAfter).slice(0, 10),
          c.status,
        ]),
      );
    },
  });
}

function addShow(consent: Command): void {
  addCommand(consent, {
    usage: 'show <consent>',
    summary: 'one consent with its earlier versions',
    example: 'consent show 3f0c… --as corner-shop',
    run: async (context, _options, [consentId = '']) => {
      const { ledger } = await context.session();
      const found = await readConsent(ledger, consentId);
      const history = await readConsentHistory(ledger, consentId);
      // A withdrawal keeps the revision and what was relied on when that was given.
      const given = history.find(({ revision }) => revision === found.revision) ?? found;
      const reliedOn = await readReliedQuestions(ledger, found.questionIds, given.changedAt);
      context.output.result({ consent: found, history, reliedOn });
      showReliedQuestions(context.output, reliedOn);
      context.output.table(
        ['', ''],
        [
          ['consent', found.consentId],
          ['contributor', found.contributorId],
          ['product', `${found.productId}@${found.productVersion}`],
          ['purposes', found.purposes.join(', ')],
          ['functions', found.functions.join(', ')],
          ['recipients', found.recipients.join(', ')],
          ['dates', `${showTime(found.notBefore)} to ${showTime(found.notAfter)}`],
          ['release', found.release],
          ['uses at most', String(found.maxUses)],
          ['group of at least', String(found.minCohort)],
          ['ε per epoch', showEpsilon(found.epsilonPerEpochMicro)],
          ['price at least', `${found.minimumPricePerUse} minor units`],
          ['revision', String(found.revision)],
          ['status', found.status],
        ],
      );
      context.output.table(
        ['when (UTC)', 'revision', 'status', 'what it changed'],
        history.map((version, position) => [
          showTime(version.changedAt),
          String(version.revision),
          version.status,
          changedFields(history[position - 1], version).join(', '),
        ]),
      );
    },
  });
}

/** Terms that differ from the version before; empty for the first one. */
function changedFields(before: Consent | undefined, after: Consent): string[] {
  if (before === undefined) return [];
  const own = ['revision', 'status', 'changedAt', 'receiptHash'];
  const fields = Object.keys({ ...before, ...after }) as (keyof Consent)[];
  return fields.filter(
    (field) =>
      !own.includes(field) && JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
}
