import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue } from '@veilsum/crypto';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  consentSchema,
  consentTermsSchema,
  productSchema,
  type ConsentTerms,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { consentInWords } from '../consent/consent-words.js';
import { consentReceipt } from '../consent/receipt.js';
import type { Session } from '../session/session.js';
import { addCommand, collectList, type CommandContext, type CommandOption } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { parseAs } from '../document/document-file.js';
import { parseProductReference } from './product-reference.js';
import { showEpsilon, showId, showTime } from './wording.js';

interface TermOptions {
  readonly product: string;
  readonly purpose: string[];
  readonly function: string[];
  readonly recipient?: string[];
  readonly from?: string;
  readonly until: string;
  readonly maxUses: string;
  readonly minCohort: string;
  readonly release: 'noisy' | 'exact';
  readonly epsilon: string;
  readonly minimumPrice: string;
}

const termOptions: readonly CommandOption[] = [
  { flags: '--product <name@version>', meaning: 'product', required: true },
  {
    flags: '--purpose <purposes>',
    meaning: 'allowed purposes (DPV terms)',
    required: true,
    parse: collectList,
  },
  {
    flags: '--function <functions>',
    meaning: 'allowed functions',
    required: true,
    parse: collectList,
  },
  {
    flags: '--recipient <recipients>',
    meaning: 'role:analyst or member:acme (default: role:analyst)',
    parse: collectList,
  },
  { flags: '--from <date>', meaning: 'first day, YYYY-MM-DD (default: now)' },
  { flags: '--until <date>', meaning: 'last day, YYYY-MM-DD', required: true },
  { flags: '--max-uses <n>', meaning: 'how many queries may use it', default: '100' },
  { flags: '--min-cohort <n>', meaning: 'legal entities at least', default: '2' },
  {
    flags: '--release <kind>',
    meaning: 'noisy, or exact too',
    choices: ['noisy', 'exact'],
    default: 'noisy',
  },
  { flags: '--epsilon <number>', meaning: 'ε per epoch at most', default: '10' },
  { flags: '--minimum-price <n>', meaning: 'minor units for each use', default: '0' },
];

/** Adds `veilsum consent …`. */
export function addConsentCommands(program: Command): void {
  const consent = program.command('consent').description('what a contributor allows');
  addGrant(consent);
  addAmend(consent);
  addWithdraw(consent);
  addList(consent);
  addShow(consent);
}

function addGrant(consent: Command): void {
  addCommand<TermOptions>(consent, {
    usage: 'grant',
    summary: 'allow a use of your data',
    example:
      'consent grant --as corner-shop --product weekly-sales@1 --purpose CommercialResearch --function sum,count --until 2027-12-31',
    options: termOptions,
    run: async (context, options) => {
      await sendTerms(context, 'grant', randomBytes(16).toString('hex'), options);
    },
  });
}

function addAmend(consent: Command): void {
  addCommand<TermOptions>(consent, {
    usage: 'amend <consent>',
    summary: 'replace the terms of a consent; the earlier ones stay readable',
    example:
      'consent amend 3f0c… --as corner-shop --product weekly-sales@1 --purpose CommercialResearch --function sum --until 2027-06-30',
    options: termOptions,
    run: async (context, options, [consentId = '']) => {
      await sendTerms(context, 'amend', consentId, options);
    },
  });
}

async function sendTerms(
  context: CommandContext,
  transaction: 'grant' | 'amend',
  consentId: string,
  options: TermOptions,
): Promise<void> {
  const session = await context.session();
  const { terms, receipt } = termsOf(consentId, options, session.identity.memberId);
  const product = await askLedger(
    session.ledger,
    'product:read',
    { productId: terms.productId, version: terms.productVersion },
    productSchema,
  );
  for (const sentence of consentInWords(terms, product)) context.output.line(sentence);
  await keepReceipt(session, consentId, receipt);
  const commit = await tellLedger(session.ledger, `consent:${transaction}`, terms);
  context.output.result(commit.result);
  context.output.line(`Consent ${consentId} is on the ledger, block ${commit.blockNumber}.`);
}

function termsOf(consentId: string, options: TermOptions, contributor: string) {
  const { productId, version } = parseProductReference(options.product);
  const draft = {
    consentId,
    productId,
    productVersion: version,
    purposes: options.purpose,
    functions: options.function,
    recipients: options.recipient ?? ['role:analyst'],
    notBefore: options.from === undefined ? Date.now() : Date.parse(options.from),
    notAfter: Date.parse(options.until) + 86_399_999,
    maxUses: Number(options.maxUses),
    minCohort: Number(options.minCohort),
    release: options.release,
    epsilonPerEpochMicro: Math.round(Number(options.epsilon) * 1_000_000),
    minimumPricePerUse: options.minimumPrice,
  };
  const unsigned = parseAs(
    consentTermsSchema.omit({ receiptHash: true, format: true }),
    draft,
    'The consent',
  );
  const { receipt, receiptHash } = consentReceipt(unsigned, contributor);
  const terms: ConsentTerms = parseAs(
    consentTermsSchema,
    { format: 'veilsum-consent/1', ...unsigned, receiptHash },
    'The consent',
  );
  return { terms, receipt };
}

async function keepReceipt(session: Session, consentId: string, receipt: JsonValue): Promise<void> {
  const folder = join(session.state.member(session.identity.memberId), 'consents');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, `${consentId}.json`), `${JSON.stringify(receipt, undefined, 2)}\n`, {
    mode: 0o600,
  });
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
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'consent:withdraw', { consentId });
      context.output.result(commit.result);
      context.output.line(
        `Withdrawn in block ${commit.blockNumber}; receipt: transaction ${commit.transactionId}.`,
      );
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
      const consents = await askLedger(
        ledger,
        'consent:list',
        {
          ...(contributor === undefined ? {} : { contributorId: contributor }),
          ...(product === undefined ? {} : { productId: product.split('@')[0] ?? product }),
        },
        z.array(consentSchema),
      );
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
      const found = await askLedger(ledger, 'consent:read', { consentId }, consentSchema);
      const history = await askLedger(
        ledger,
        'consent:history',
        { consentId },
        z.array(z.unknown()),
      );
      context.output.result({ consent: found, history });
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
    },
  });
}
