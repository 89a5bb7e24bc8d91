import { sha256Hex } from '@veilsum/crypto';
import type { LedgerBlock } from '@veilsum/ledger';
import { storyPage } from './story-page.js';
import { tellStory } from './story.js';
import type { StorySubject } from './story-subject.js';

const QUERY = 'aa'.repeat(16);
const OTHER = 'bb'.repeat(16);
const CONSENT = 'cc'.repeat(16);
const CONTRIBUTION = 'dd'.repeat(16);
const START = Date.UTC(2026, 0, 1);

const certificateOf = (memberId: string) => Buffer.from(`certificate of ${memberId}`);

type Write = [key: string[], value: unknown];

/** One block with one transaction, as the ledger gives it. */
function block(number: number, call: string, by: string, writes: Write[]): LedgerBlock {
  const [contract = '', transaction = ''] = call.split(':');
  return {
    number,
    hash: String(number).padStart(64, '0'),
    previousHash: String(number - 1).padStart(64, '0'),
    transactions: [
      {
        transactionId: `t${number}`.padEnd(64, '0'),
        contract,
        transaction,
        argument: '{}',
        timestampMs: START + number * 60_000,
        mspId: 'TradeMSP',
        certificate: certificateOf(by).toString('base64'),
        validationCode: 'VALID',
        writes: writes.map(([parts, value]) => ({
          key: `\u0000${parts.map((part) => `${part}\u0000`).join('')}`,
          value: value === null ? null : JSON.stringify(value),
        })),
        events: [],
        response: '',
      },
    ],
  };
}

function memberWrites(memberId: string, name: string): Write[] {
  const fingerprint = sha256Hex(certificateOf(memberId));
  const member = {
    memberId,
    name,
    mspId: 'TradeMSP',
    legalEntityId: memberId,
    roles: ['merchant', 'analyst'],
    size: 'small',
    status: 'active',
    certificateFingerprints: [fingerprint],
  };
  return [
    [['member', memberId], member],
    [['certificate', fingerprint], { memberId, status: 'active' }],
  ];
}

const consent = (change: object) => ({
  consentId: CONSENT,
  contributorId: 'shop',
  productId: 'sales',
  productVersion: 1,
  purposes: ['Marketing'],
  functions: ['sum'],
  recipients: ['role:analyst'],
  notBefore: START,
  notAfter: START + 1,
  maxUses: 3,
  release: 'noisy',
  minimumPricePerUse: '10',
  status: 'active',
  ...change,
});

const query = (queryId: string, change: object) => ({
  queryId,
  analystId: 'asker',
  request: {
    productId: 'sales',
    productVersion: 1,
    epoch: '2026-Q1',
    purpose: 'Marketing',
    function: 'sum',
    measures: ['sales'],
    groupBy: ['group'],
    release: 'noisy',
    questionIds: ['ee'.repeat(16)],
  },
  verdict: { allowed: true, trace: [] },
  chargedEpsilonMicro: 0,
  ...change,
});

const journal = (queryId: string, credit: string): Write => [
  ['journal', queryId, credit],
  {
    entryId: queryId,
    kind: 'contributor-minimum',
    amount: '10',
    debit: `escrow:${queryId}`,
    credit,
    queryId,
  },
];

const plan = { price: '100', rulebookVersion: 2, cohort: [CONTRIBUTION] };

const blocks: readonly LedgerBlock[] = [
  block(1, 'member:register', 'operator', memberWrites('operator', 'The Association')),
  block(2, 'member:register', 'operator', memberWrites('shop', 'Shop <script>alert("&")</script>')),
  block(3, 'member:register', 'operator', memberWrites('asker', 'Asker')),
  block(4, 'question:ask', 'asker', [
    [
      ['question', 'ee'.repeat(16)],
      { questionId: 'ee'.repeat(16), text: 'May I?', askerId: 'asker' },
    ],
  ]),
  block(5, 'consent:grant', 'shop', [[['consent', 'sales', 'shop', CONSENT], consent({})]]),
  block(6, 'contribution:register', 'shop', [
    [
      ['contribution', 'sales', '2026-Q1', 'shop', CONTRIBUTION],
      {
        contributionId: CONTRIBUTION,
        contributorId: 'shop',
        consentId: CONSENT,
        status: 'registered',
      },
    ],
  ]),
  block(7, 'consent:amend', 'shop', [
    [['consent', 'sales', 'shop', CONSENT], consent({ minimumPricePerUse: '20' })],
  ]),
  block(8, 'query:request', 'asker', [
    [['query', QUERY], query(QUERY, { status: 'authorised', plan })],
    [
      ['queryCohort', QUERY, CONTRIBUTION],
      { contributionId: CONTRIBUTION, contributorId: 'shop', consentId: CONSENT },
    ],
    [['consentUse', CONSENT], { consentId: CONSENT, uses: 1 }],
    [['countedPlan', 'sales', '2026-Q1', QUERY], { queryId: QUERY }],
  ]),
  block(9, 'query:request', 'asker', [
    [
      ['query', OTHER],
      query(OTHER, {
        status: 'refused',
        verdict: { allowed: false, trace: [{ passed: false, sentence: 'Too few allow this.' }] },
      }),
    ],
  ]),
  block(10, 'query:releaseShare', 'operator', [
    [['share', QUERY, '001', '001'], { index: 1, finalHash: 'f', shareHash: 's' }],
  ]),
  block(11, 'query:settle', 'asker', [
    [['query', QUERY], query(QUERY, { status: 'settled', plan })],
    journal(QUERY, 'member:shop'),
    journal(QUERY, 'member:operator'),
  ]),
  block(12, 'account:settle', 'asker', [journal(OTHER, 'member:shop')]),
  block(13, 'future:thing', 'asker', [[['futureKind', 'x'], { about: CONSENT, note: 'new' }]]),
  block(14, 'consent:withdraw', 'shop', [
    [
      ['consent', 'sales', 'shop', CONSENT],
      consent({ minimumPricePerUse: '20', status: 'withdrawn' }),
    ],
  ]),
];

async function* replayed(): AsyncGenerator<LedgerBlock> {
  for (const one of blocks) yield await Promise.resolve(one);
}

const tell = (subject: StorySubject) => tellStory(replayed, subject);
const placesOf = async (subject: StorySubject) =>
  (await tell(subject)).events.map(({ blockNumber }) => blockNumber);
const factsOf = async (subject: StorySubject) =>
  Object.fromEntries((await tell(subject)).facts.map(({ name, value }) => [name, value]));

describe('a story', () => {
  it('of a consent has its revisions, what rests on it, its uses and what they earned', async () => {
    const subject: StorySubject = { kind: 'consent', id: CONSENT };
    // Block 9 used another consent, 12 paid the same shop for another query, 13 is of an unknown kind.
    expect(await placesOf(subject)).toEqual([5, 6, 7, 8, 10, 11, 13, 14]);
    expect(await factsOf(subject)).toMatchObject({
      status: 'withdrawn',
      'given by': 'shop',
      uses: '1 of 3',
      'queries that used it': `${QUERY} (settled)`,
      contributions: `${CONTRIBUTION} (registered)`,
    });
    const { events } = await tell(subject);
    const amended = events.find(({ blockNumber }) => blockNumber === 7);
    expect(amended).toMatchObject({
      by: 'shop',
      call: 'consent:amend',
      at: '2026-01-01T00:07:00.000Z',
    });
    expect(amended?.changes).toEqual([
      {
        kind: 'consent',
        topic: 'terms',
        sentence: `consent ${CONSENT} changed`,
        fields: [{ field: 'minimum price per use', before: '10', after: '20' }],
      },
    ]);
    const paid = events.find(({ blockNumber }) => blockNumber === 11)?.changes ?? [];
    expect(paid.map(({ sentence }) => sentence)).toEqual([
      `query ${QUERY} is settled`,
      'contributor minimum: 10 from escrow aaaaaaaa… to shop',
    ]);
    expect(events.at(-1)?.what).toBe(`consent:withdraw: consent ${CONSENT} is withdrawn`);
  });

  it('of a query has what it cites, its releases and all of its money', async () => {
    const subject: StorySubject = { kind: 'query', id: QUERY };
    expect(await placesOf(subject)).toEqual([4, 8, 10, 11]);
    expect(await factsOf(subject)).toMatchObject({
      status: 'settled',
      'asked by': 'asker',
      rulebook: '2',
      cohort: `shop under consent ${CONSENT}`,
    });
    const { events } = await tell(subject);
    expect(events.at(-1)?.changes).toHaveLength(3);
    // The plan's copy for other rules is left out.
    expect(events[1]?.changes.map(({ kind }) => kind)).toEqual(['query', 'queryCohort']);
  });

  it('of a refused query says every rule that failed', async () => {
    const { events } = await tell({ kind: 'query', id: OTHER });
    const fields = events.flatMap(({ changes }) => changes.flatMap((change) => change.fields));
    expect(fields).toContainEqual({ field: 'refused', after: 'Too few allow this.' });
  });

  it('of a member has what it signed, what names it and what used its data', async () => {
    const shop: StorySubject = { kind: 'member', id: 'shop' };
    expect(await placesOf(shop)).toEqual([2, 5, 6, 7, 8, 10, 11, 12, 14]);
    expect(await factsOf(shop)).toMatchObject({ money: '20', 'frozen money': '0' });
    const { events } = await tell(shop);
    expect(events[0]?.by).toBe('operator');
    const first = await tell({ kind: 'member', id: 'operator' });
    expect(first.events[0]).toMatchObject({ by: 'operator', blockNumber: 1 });
  });

  it.each<StorySubject>([
    { kind: 'query', id: CONSENT },
    { kind: 'consent', id: QUERY },
    { kind: 'member', id: 'nobody' },
  ])('of what is not there is none', async (subject) => {
    await expect(tell(subject)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the page of a story', () => {
  const finding = { transactionId: 't', blockNumber: 3, sentence: 'a < b' };
  const ledger = (passed: boolean) => ({
    height: 15,
    headHash: 'e'.repeat(64),
    passed,
    checks: [
      { check: 'replay', claim: 'It <b>holds</b>.', passed, findings: passed ? [] : [finding] },
    ],
  });
  const page = async (passed = true) =>
    storyPage(await tell({ kind: 'member', id: 'shop' }), ledger(passed));

  it('is one file: nothing runs in it and nothing is loaded', async () => {
    const text = await page();
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b/i);
    expect(text).not.toMatch(/\b(src|href|action|on\w+)=|url\(|@import|https?:/i);
    expect(text).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    expect(text).toContain('@media print');
  });

  it('escapes what the ledger says', async () => {
    const text = await page();
    expect(text).toContain('Shop &lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;');
    expect(text).toContain('It &lt;b&gt;holds&lt;/b&gt;.');
  });

  it('says the verdict, and what fails', async () => {
    expect(await page()).toContain('Everything holds.');
    const bad = await page(false);
    expect(bad).toContain('Not in order.');
    expect(bad).toContain('block 3: a &lt; b');
    expect(bad).not.toContain('Everything holds.');
  });
});
