import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  autoApprovalSchema,
  consentAskingSchema,
  consentRequestRecordSchema,
  VeilsumError,
  type ConsentRequest,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import {
  approveRequests,
  isOpenFor,
  listRequests,
  type Approval,
} from '../consent/auto-approve.js';
import { parseAs, readDocument } from '../document/document-file.js';
import { addCommand, collectList, type CommandContext, type CommandOption } from './command.js';
import { parseProductReference } from './product-reference.js';
import { showEpsilon, showId, showTime } from './wording.js';

/** Adds what the `consent` command has for requests of analysts. */
export function addRequestCommands(consent: Command): void {
  addRequest(consent);
  addRequests(consent);
  addDecline(consent);
  addCloseRequest(consent);
  addAutoApprove(consent);
}

interface RequestOptions {
  readonly product: string;
  readonly purpose: string[];
  readonly function: string[];
  readonly until: string;
  readonly maxUses: string;
  readonly release: 'noisy' | 'exact';
  readonly epsilon: string;
  readonly offer: string;
  readonly text: string;
}

const requestOptions: readonly CommandOption[] = [
  { flags: '--product <name@version>', meaning: 'product', required: true },
  {
    flags: '--purpose <purposes>',
    meaning: 'what for (DPV terms)',
    required: true,
    parse: collectList,
  },
  { flags: '--function <functions>', meaning: 'functions', required: true, parse: collectList },
  { flags: '--until <date>', meaning: 'last day, YYYY-MM-DD', required: true },
  { flags: '--text <words>', meaning: 'why, in your words; public', required: true },
  { flags: '--offer <n>', meaning: 'minor units for each use at least', default: '0' },
  { flags: '--max-uses <n>', meaning: 'how many queries', default: '10' },
  {
    flags: '--release <kind>',
    meaning: 'noisy, or exact too',
    choices: ['noisy', 'exact'],
    default: 'noisy',
  },
  { flags: '--epsilon <number>', meaning: 'ε per epoch at most', default: '1' },
];

function addRequest(consent: Command): void {
  addCommand<RequestOptions>(consent, {
    usage: 'request',
    summary: 'ask the contributors of a product for a consent',
    example:
      'consent request --as acme --product weekly-sales@1 --purpose CommercialResearch --function sum --until 2027-12-31 --offer 200 --text "Regional demand"',
    options: requestOptions,
    run: async (context, options) => {
      const { productId, version } = parseProductReference(options.product);
      const asking = parseAs(
        consentAskingSchema,
        {
          format: 'veilsum-consent-request/1',
          requestId: randomBytes(16).toString('hex'),
          productId,
          productVersion: version,
          purposes: options.purpose,
          functions: options.function,
          maxUses: Number(options.maxUses),
          notAfter: Date.parse(options.until) + 86_399_999,
          release: options.release,
          epsilonPerEpochMicro: Math.round(Number(options.epsilon) * 1_000_000),
          offeredPrice: options.offer,
          text: options.text,
        },
        'The request',
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'consentRequest:ask', asking);
      context.output.result(commit.result);
      context.output.line(`Request ${asking.requestId} is on the ledger.`);
    },
  });
}

function addRequests(consent: Command): void {
  addCommand<{ product?: string; mine?: true; open?: true }>(consent, {
    usage: 'requests [request]',
    summary: 'what analysts ask contributors to allow, and what was answered',
    example: 'consent requests --as corner-shop --open',
    options: [
      { flags: '--product <id>', meaning: 'only for this product id' },
      { flags: '--mine', meaning: 'only those that you asked' },
      { flags: '--open', meaning: 'only those that you can still answer' },
    ],
    run: async (context, { product, mine, open }, [requestId]) => {
      const { ledger, identity } = await context.session();
      if (requestId !== undefined) {
        await showOne(context, requestId);
        return;
      }
      const productId = product?.split('@')[0];
      const found = await listRequests(ledger, {
        ...(productId === undefined ? {} : { productId }),
        ...(mine === true ? { analystId: identity.memberId } : {}),
      });
      const records = found.filter(
        (record) => open !== true || isOpenFor(record, identity.memberId),
      );
      context.output.result(records);
      context.output.table(
        ['request', 'analyst', 'product', 'purposes', 'until', 'offer', 'status', 'yes', 'no'],
        records.map(({ request, answers }) => [
          request.requestId,
          request.analystId,
          `${request.productId}@${request.productVersion}`,
          request.purposes.join(', '),
          showTime(request.notAfter).slice(0, 10),
          request.offeredPrice,
          request.status,
          answers.filter(({ answer }) => answer === 'granted').length,
          answers.filter(({ answer }) => answer === 'declined').length,
        ]),
      );
    },
  });
}

async function showOne(context: CommandContext, requestId: string): Promise<void> {
  const { ledger } = await context.session();
  const record = await askLedger(
    ledger,
    'consentRequest:read',
    { requestId },
    consentRequestRecordSchema,
  );
  const { request, answers } = record;
  context.output.result(record);
  for (const sentence of requestInWords(request)) context.output.line(sentence);
  context.output.table(
    ['contributor', 'answer', 'consent', 'reason'],
    answers.map(({ contributorId, answer, consentId, reason }) => [
      contributorId,
      answer,
      consentId ?? '',
      reason ?? '',
    ]),
  );
}

/** @returns what an analyst asks for, as sentences for a contributor */
function requestInWords(request: ConsentRequest): string[] {
  return [
    `${request.analystId} asks: ${request.text}`,
    `For what: ${request.purposes.join(', ')}.`,
    `Which answers: ${request.functions.join(', ')}; ${request.release === 'exact' ? 'exact ones too' : 'with noise only'}.`,
    `How often and until when: ${request.maxUses} times, to ${showTime(request.notAfter).slice(0, 10)}.`,
    `Privacy per epoch: at most ${showEpsilon(request.epsilonPerEpochMicro)}.`,
    `Offered: ${request.offeredPrice} minor units for each use.`,
    `Say yes with: veilsum consent grant --request ${request.requestId} and terms of your own.`,
  ];
}

function addDecline(consent: Command): void {
  addCommand<{ reason: string }>(consent, {
    usage: 'decline <request>',
    summary: 'say no to a request, with a reason that everyone can read',
    example: 'consent decline 3f0c… --as corner-shop --reason "Too low a price"',
    options: [{ flags: '--reason <words>', meaning: 'why; public', required: true }],
    run: async (context, { reason }, [requestId = '']) => {
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'consentRequest:decline', { requestId, reason });
      context.output.result(commit.result);
      context.output.line(`Declined in block ${commit.blockNumber}.`);
    },
  });
}

function addCloseRequest(consent: Command): void {
  addCommand(consent, {
    usage: 'close-request <request>',
    summary: 'take a request of yours back; consents that were given stay',
    example: 'consent close-request 3f0c… --as acme',
    run: async (context, _options, [requestId = '']) => {
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'consentRequest:close', { requestId });
      context.output.result(commit.result);
      context.output.line(`Closed in block ${commit.blockNumber}.`);
    },
  });
}

interface AutoApproveOptions {
  readonly rules: string;
  readonly watch?: true;
  readonly every: string;
}

function addAutoApprove(consent: Command): void {
  addCommand<AutoApproveOptions>(consent, {
    usage: 'auto-approve',
    summary: 'grant requests that your own rules allow, and say why the others wait for you',
    example: 'consent auto-approve --as corner-shop --rules approval.yaml --watch',
    options: [
      { flags: '--rules <file>', meaning: 'your rules; the file stays here', required: true },
      { flags: '--watch', meaning: 'go on looking for new requests until it is stopped' },
      { flags: '--every <seconds>', meaning: 'with --watch: how often', default: '15' },
    ],
    run: async (context, { rules: file, watch, every }) => {
      const rules = await readDocument(file, autoApprovalSchema);
      const { ledger, identity } = await context.session();
      const seconds = Number(every);
      if (!(seconds >= 1)) {
        throw new VeilsumError('INVALID_ARGUMENT', '--every is a number of seconds from 1.');
      }
      // A request that was left waits for a person; it is named once, not at every look.
      const known = new Set<string>();
      do {
        const approvals = await approveRequests({ ledger, memberId: identity.memberId }, rules, {
          known,
        });
        for (const { requestId } of approvals) known.add(requestId);
        if (watch !== true || approvals.length > 0) showApprovals(context, approvals);
        if (watch === true) await wait(seconds * 1000);
      } while (watch === true);
    },
  });
}

function showApprovals({ output }: CommandContext, approvals: readonly Approval[]): void {
  output.result(approvals);
  if (approvals.length === 0) output.line('No open request.');
  for (const { requestId, analystId, decision, consentId, ruleId, reasons } of approvals) {
    const what =
      decision === 'granted'
        ? `granted by rule ${ruleId ?? ''}, consent ${consentId ?? ''}`
        : decision === 'left'
          ? 'left for you'
          : 'answered meanwhile';
    output.line(`${showId(requestId)} of ${analystId}: ${what}`);
    for (const reason of reasons) output.line(`  ${reason}`);
  }
}
