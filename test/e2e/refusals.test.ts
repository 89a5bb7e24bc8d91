import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  gatewayService,
  openSession,
  quoteQuestion,
  readAttempts,
  readQuery,
  receiveResult,
  submitQuestion,
  type QueryResult,
  type Question,
  type Session,
} from '@veilsum/client';
import { bigintToHex, hexToBigint } from '@veilsum/crypto';
import { tellLedger } from '@veilsum/ledger';
import { HttpLedgerService, SignedLedger } from '@veilsum/ledger/embedded';
import { productDefinitionSchema, type Certificate, type QueryRecord } from '@veilsum/protocol';
import { expectAuditPasses, refusal, veilsum } from './command-line.js';
import { balanceOf, eventually, failedCodes, spentMicroOf } from './network-facts.js';
import { TestNetwork, testProduct, testQuestion } from './test-network.js';

const WAIT = { timeoutMs: 90_000 };
/** No round of these tests ends by its deadline. */
const ATTEMPT_MS = 600_000;

const noisy = (epsilonMicro: number, change: Partial<Question> = {}): Question => ({
  ...testQuestion,
  release: 'noisy',
  epsilonMicro,
  ...change,
});
/** Of the same source as the test product, so of its budget group. */
const sibling = productDefinitionSchema.parse({ ...testProduct, productId: 'sales-again' });

let network: TestNetwork;
let analyst: Session;
let newcomer: Session;
/** Consents to the test product by merchant. */
const consents = new Map<string, string>();

/** Contributions to the test product by merchant. */
const contributions = new Map<string, string>();

async function contribute(merchant: string, functions = testProduct.functions): Promise<void> {
  const consentId = await network.consent(merchant, {
    purposes: ['CommercialResearch'],
    functions,
  });
  consents.set(merchant, consentId);
  const { contributionId } = await network.contribute(merchant, consentId);
  contributions.set(merchant, contributionId);
}

async function open(question: Question): Promise<QueryResult> {
  const { queryId, status } = await submitQuestion(analyst, question);
  expect(status).toBe('authorised');
  return receiveResult(analyst, queryId, WAIT);
}

const reasonsOf = ({ verdict }: QueryRecord) =>
  Object.keys(verdict.trace.find(({ rule }) => rule === 'consent-terms')?.inputs ?? {});

// The tests build on one another: each epoch of a network has one exact cohort and one privacy budget.
beforeAll(async () => {
  network = await TestNetwork.start({ merchants: 3, attemptMs: ATTEMPT_MS });
  analyst = await network.session('analyst');
  newcomer = await network.enrol('newcomer', 'PlatformMSP', 'analyst');
  await contribute('merchant-1');
  await contribute('merchant-2', ['sum', 'count']);
}, 240_000);
afterAll(async () => {
  await network.close();
}, 60_000);

describe('an analyst without consent, money, budget or cohort', () => {
  test('is refused with every failed rule listed, and charged nothing', async () => {
    const question = { ...noisy(1_000_000), purpose: 'Marketing' as const, maximumPrice: '500' };
    const record = await submitQuestion(newcomer, question);
    expect(record.status).toBe('refused');
    expect(failedCodes(record)).toEqual([
      'CONSENT_MISSING',
      'COHORT_TOO_SMALL',
      'PRICE_ABOVE_MAXIMUM',
      'INSUFFICIENT_FUNDS',
    ]);
    expect(reasonsOf(record)).toContain('excluded:consent-purpose');
    expect(record.plan).toBeUndefined();
    expect(await readQuery(newcomer.ledger, record.queryId)).toEqual(record);
    expect(await spentMicroOf(newcomer, 'merchant-1')).toBe(0);
  });

  test.each<[string, Partial<Question>, string[]]>([
    ['consent', { purpose: 'Marketing' }, ['CONSENT_MISSING', 'COHORT_TOO_SMALL']],
    ['cohort', { function: 'mean' }, ['COHORT_TOO_SMALL']],
    ['budget', { epsilonMicro: 5_000_001 }, ['PRIVACY_BUDGET']],
    ['a high enough maximum price', { maximumPrice: '999' }, ['PRICE_ABOVE_MAXIMUM']],
  ])('without %s is refused', async (_lack, change, codes) => {
    const before = await balanceOf(analyst, 'analyst');
    const record = await submitQuestion(analyst, noisy(1_000_000, change));
    expect([record.status, failedCodes(record)]).toEqual(['refused', codes]);
    expect(await balanceOf(analyst, 'analyst')).toBe(before);
    expect(await spentMicroOf(analyst, 'merchant-1')).toBe(0);
  });

  test('without money is refused', async () => {
    const record = await submitQuestion(newcomer, noisy(1_000_000));
    expect([record.status, failedCodes(record)]).toEqual(['refused', ['INSUFFICIENT_FUNDS']]);
  });
});

describe('budgets, uses and keys', () => {
  let spending: QueryResult;

  test('a second product or version of the same source is no fresh budget', async () => {
    spending = await open(noisy(4_000_000));
    expect(await spentMicroOf(analyst, 'merchant-1')).toBe(4_000_000);
    const latest = new Map<string, string>();
    for (const version of [1, 2]) {
      const product = { ...sibling, version };
      await network.publish(product);
      for (const merchant of ['merchant-1', 'merchant-2']) {
        const terms = { productId: product.productId, productVersion: version, maxUses: 1 };
        const consentId = await network.consent(merchant, terms);
        const supersedes = latest.get(merchant);
        const { contributionId } = await network.contribute(merchant, consentId, {
          product,
          ...(supersedes === undefined ? {} : { supersedes }),
        });
        latest.set(merchant, contributionId);
      }
      const { productId } = sibling;
      const record = await submitQuestion(
        analyst,
        noisy(1_000_001, { productId, productVersion: version }),
      );
      expect([record.status, failedCodes(record)]).toEqual(['refused', ['PRIVACY_BUDGET']]);
    }
    expect(await spentMicroOf(analyst, 'merchant-1')).toBe(4_000_000);
  });

  test('a new version is neither given another budget group nor the data of a released epoch', async () => {
    const next = { ...testProduct, version: 2 };
    const fresh = { ...next, budgetGroup: 'fresh' as typeof next.budgetGroup };
    await expect(network.publish(fresh)).rejects.toMatchObject({
      code: 'PRODUCT_INVALID',
    });
    await network.publish(next);
    const consentId = await network.consent('merchant-1', { productVersion: 2 });
    const supersedes = contributions.get('merchant-1') ?? '';
    await expect(
      network.contribute('merchant-1', consentId, { product: next, supersedes }),
    ).rejects.toMatchObject({ code: 'CONTRIBUTION_FIXED' });
  });

  test('a consent to one use is not used twice', async () => {
    const question = noisy(100_000, { productId: sibling.productId, productVersion: 2 });
    await open(question);
    const record = await submitQuestion(analyst, question);
    expect([record.status, failedCodes(record)]).toEqual([
      'refused',
      ['CONSENT_MISSING', 'COHORT_TOO_SMALL'],
    ]);
    expect(reasonsOf(record)).toContain('excluded:consent-uses');
  });

  test('a result key is not used twice', async () => {
    const request = { ...spending.record.request, queryId: randomBytes(16).toString('hex') };
    const { result } = await tellLedger(analyst.ledger, 'query:request', {
      ...request,
      epsilonMicro: 100_000,
    });
    const record = result as unknown as QueryRecord;
    expect([record.status, failedCodes(record)]).toEqual(['refused', ['RESULT_KEY_REUSED']]);
  });
});

describe('exact releases and their certificates', () => {
  let first: QueryResult;
  let second: QueryResult;

  test('the first exact release fixes the exact cohort of the epoch', async () => {
    first = await open(testQuestion);
    await contribute('merchant-3');
    expect((await quoteQuestion(analyst, noisy(100_000))).cohortSize).toBe(3);
    second = await open({ ...testQuestion, function: 'count', measures: [] });
    expect(second.plan.cohort).toEqual(first.plan.cohort);
    const consentId = consents.get('merchant-2');
    const { ledger } = await network.session('merchant-2');
    await tellLedger(ledger, 'consent:withdraw', { consentId });
    const record = await submitQuestion(analyst, testQuestion);
    expect([record.status, failedCodes(record)]).toEqual(['refused', ['EXACT_COHORT_FIXED']]);
  });

  const verify = async (certificate: Certificate) => {
    const file = join(network.state.root, 'certificate-to-verify.json');
    await writeFile(file, JSON.stringify(certificate));
    const { queryId } = first.record;
    const words = ['--as', 'auditor', 'query', 'verify', queryId, '--certificate', file];
    return veilsum(network.state.root, ...words);
  };

  test('query verify accepts the certificate of a plan, without its shares', async () => {
    const { status, answer } = await verify(first.certificate);
    expect([status, answer]).toMatchObject([0, { valid: true, rows: first.result.rows }]);
  });

  /** The same w opens c·(1 + n) to m + 1, so only the ledger's finalHash tells them apart. */
  const oneMore = ({ c, m, ...rest }: Certificate, n: bigint): Certificate => {
    const add = (hex = '', term: bigint, modulus: bigint) =>
      bigintToHex((hexToBigint(hex) + term) % modulus);
    const times = (hex = '') => bigintToHex((hexToBigint(hex) * (1n + n)) % (n * n));
    return { ...rest, c: [times(c[0]), ...c.slice(1)], m: [add(m[0], 1n, n), ...m.slice(1)] };
  };

  test.each<[string, (own: Certificate, n: bigint, other: Certificate) => Certificate]>([
    ['an altered certificate', (own, n) => ({ ...own, m: oneMore(own, n).m })],
    ['a forged certificate', (own, n) => oneMore(own, n)],
    ['a certificate for another plan', (_own, _n, other) => other],
    [
      'a certificate for another plan under the name of this one',
      ({ planHash }, _n, other) => ({ ...other, planHash }),
    ],
  ])('query verify refuses %s', async (_name, make) => {
    const { n } = await network.key();
    const certificate = make(first.certificate, n, second.certificate);
    expect(certificate).not.toEqual(first.certificate);
    expect(await verify(certificate)).toEqual(refusal('CERTIFICATE_INVALID'));
  });
});

test.each([
  ['back-dated', -310_000],
  ['post-dated', 310_000],
])('a %s transaction is not endorsed', async (_name, skewMs) => {
  const { ledgerUrl, genesisHash } = network.embedded;
  const skewed = new SignedLedger({
    service: new HttpLedgerService({ url: ledgerUrl, genesisHash }),
    signer: analyst.identity.signer,
    channel: network.plan.channel,
    clock: () => Date.now() + skewMs,
  });
  await expect(submitQuestion({ ...analyst, ledger: skewed }, noisy(1000))).rejects.toMatchObject({
    code: 'CLOCK_SKEW',
  });
  await skewed.close();
});

describe('a withdrawal between authorisation and release', () => {
  const epsilonMicro = 500_000;
  let record: QueryRecord;
  let before: { readonly balance: bigint; readonly spentMicro: number };

  /** As an honest process would, so that A is fixed without any share. */
  const commitAs = async (memberId: string) => {
    const session = await openSession(network.state, { as: memberId });
    const { queryId, planHash } = record;
    const blindingHash = randomBytes(32).toString('hex');
    const commitment = { queryId, planHash, attempt: 1, blindingHash };
    await tellLedger(session.ledger, 'query:commitBlinding', commitment);
    await session.close();
  };

  test('makes the ledger refuse shares', async () => {
    before = {
      balance: await balanceOf(analyst, 'analyst'),
      spentMicro: await spentMicroOf(analyst, 'merchant-3'),
    };
    const keyholders = network.plan.keyholders.map(({ memberId }) => memberId);
    for (const memberId of keyholders) await network.stopKeyholder(memberId);
    await network.stopService('gateway');
    record = await submitQuestion(analyst, noisy(epsilonMicro));
    expect(await spentMicroOf(analyst, 'merchant-3')).toBe(before.spentMicro + epsilonMicro);
    expect(await balanceOf(analyst, 'analyst')).toBe(
      before.balance - BigInt(record.plan?.price ?? 0),
    );
    for (const memberId of keyholders) await commitAs(memberId);
    expect((await readQuery(analyst.ledger, record.queryId)).status).toBe('blinded');
    const merchant = await network.session('merchant-3');
    await tellLedger(merchant.ledger, 'consent:withdraw', {
      consentId: consents.get('merchant-3'),
    });
    const session = await openSession(network.state, { as: 'keyholder-1' });
    const { queryId, planHash } = record;
    const hash = randomBytes(32).toString('hex');
    const share = { queryId, planHash, attempt: 1, finalHash: hash, shareHash: hash };
    await expect(tellLedger(session.ledger, 'query:releaseShare', share)).rejects.toMatchObject({
      code: 'CONSENT_WITHDRAWN',
    });
    await session.close();
  });

  test('makes every keyholder refuse', async () => {
    const keyholders = ['keyholder-2', 'keyholder-3'];
    await Promise.all(keyholders.map((memberId) => network.startKeyholder(memberId)));
    const refusals = await eventually(async () => {
      const [attempt] = await readAttempts(analyst.ledger, record.queryId);
      return attempt?.refusals.length === 2 ? attempt.refusals : undefined;
    });
    expect(refusals.map(({ index, code }) => [index, code])).toEqual([
      [2, 'CONSENT_WITHDRAWN'],
      [3, 'CONSENT_WITHDRAWN'],
    ]);
  });

  test('ends the query, and money and ε come back', async () => {
    const { plan, running, state } = network;
    await network.startService(gatewayService(state, running.network, plan.gateway.memberId));
    const ended = await eventually(async () => {
      const found = await readQuery(analyst.ledger, record.queryId);
      return found.status === 'blinded' ? undefined : found;
    });
    expect([ended.status, ended.chargedEpsilonMicro]).toEqual(['failed', 0]);
    expect(await balanceOf(analyst, 'analyst')).toBe(before.balance);
    expect(await spentMicroOf(analyst, 'merchant-3')).toBe(before.spentMicro);
    await expect(receiveResult(analyst, record.queryId, WAIT)).rejects.toMatchObject({
      code: 'DEADLINE_PASSED',
    });
  });
});

test('veilsum audit passes afterwards', async () => {
  await expectAuditPasses(network.state.root);
});
