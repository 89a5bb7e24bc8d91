import { randomBytes } from 'node:crypto';

import {
  approveProposal,
  openAuthority,
  readQuery,
  receiveResult,
  submitProposal,
  submitQuestion,
  type Question,
} from '@veilsum/client';
import {
  askLedger,
  connectLedger,
  FileSigner,
  fingerprintOf,
  generateEnrolmentKey,
  tellLedger,
  type CertificateAuthority,
  type FabricProfile,
  type Ledger,
} from '@veilsum/ledger';
import { contributionSchema, memberRegistrationSchema, memberSchema } from '@veilsum/protocol';

import { TestNetwork, testProduct, testQuestion, testTerms } from '../e2e/test-network.js';
import { fabricSuite } from './fabric-suite.js';

const CONTRIBUTORS = 200;
const QUERIES = 20;
const STORED = 3;
const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 900_000;

/** Wide enough for everyone. */
const product = { ...testProduct, maxContributors: 256 };

/** One of many who come at the same moment. */
interface Newcomer {
  readonly memberId: string;
  readonly signer: FileSigner;
}

fabricSuite('a crowd on Fabric', () => {
  let network: TestNetwork;

  beforeAll(async () => {
    network = await TestNetwork.start({
      merchants: STORED,
      attemptMs: 240_000,
      ledger: 'fabric',
      product,
    });
    for (let i = 1; i <= STORED; i += 1) {
      const memberId = `merchant-${i}`;
      const consentId = await network.consent(memberId);
      await network.contribute(memberId, consentId, { base: BigInt(i), product });
    }
    await network.deposit('analyst', '10000000');
  }, 600_000);
  afterAll(() => network.close(), 120_000);

  /** @returns a member with a certificate of its own, whom the ledger does not know yet */
  async function enrolNewcomer(authority: CertificateAuthority, i: number): Promise<Newcomer> {
    const memberId = `crowd-${i}`;
    const { privateKey, request } = await generateEnrolmentKey(memberId);
    const dates = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 24 * HOUR_MS };
    const certificate = await authority.issue({ memberId, request, ...dates });
    return {
      memberId,
      signer: new FileSigner({ mspId: authority.mspId, certificate, privateKey }),
    };
  }

  /** Proposes a newcomer of its own, so that all of them come at the same moment. */
  async function register({ memberId, signer }: Newcomer): Promise<void> {
    const registration = memberRegistrationSchema.parse({
      memberId,
      mspId: signer.mspId,
      legalEntityId: memberId,
      name: memberId,
      roles: ['merchant'],
      size: 'small',
      boxPublicKey: randomBytes(32).toString('hex'),
      certificateFingerprints: [fingerprintOf(signer.certificate)],
    });
    const proposal = await submitProposal(network.operator.ledger, {
      kind: 'member',
      content: { registrations: [registration] },
      reason: `${memberId} wants to contribute.`,
    });
    const { ledger } = await network.session('keyholder-2');
    expect((await approveProposal(ledger, proposal)).status).toBe('adopted');
  }

  /** Consents and registers a contribution, as a member who signs for itself. */
  async function contribute(newcomer: Newcomer, sample: object): Promise<void> {
    const ledger = await ledgerOf(newcomer);
    try {
      const terms = testTerms(newcomer.memberId);
      await tellLedger(ledger, 'consent:grant', terms);
      await tellLedger(ledger, 'contribution:register', {
        ...sample,
        contributionId: randomBytes(16).toString('hex'),
        contentHash: randomBytes(32).toString('hex'),
        consentId: terms.consentId,
      });
    } finally {
      await ledger.close();
    }
  }

  function ledgerOf({ memberId, signer }: Newcomer): Promise<Ledger> {
    const journalFolder = network.state.journal(memberId);
    return connectLedger({ kind: 'fabric', profile: profile(), signer, journalFolder });
  }

  function profile(): FabricProfile {
    const known = network.running.network;
    if (!('profile' in known)) throw new Error('The network is not on Fabric.');
    return known.profile;
  }

  test(
    `${CONTRIBUTORS} contributors registering at once all are on the ledger`,
    async () => {
      const authority = await openAuthority(network.state, 'MerchantsMSP');
      const newcomers: Newcomer[] = [];
      for (let i = 1; i <= CONTRIBUTORS; i += 1) newcomers.push(await enrolNewcomer(authority, i));
      const started = performance.now();
      await Promise.all(newcomers.map(register));
      const consentId = await network.consent('merchant-1');
      const { registration } = await network.prepare('merchant-1', consentId, {
        product,
        epoch: '2026-Q2',
      });
      await Promise.all(newcomers.map((newcomer) => contribute(newcomer, registration)));
      say(`${CONTRIBUTORS} registered, consented and registered contributions`, started);
      const members = await askLedger(
        network.operator.ledger,
        'member:list',
        {},
        memberSchema.array(),
      );
      const there = members.filter(({ memberId }) => memberId.startsWith('crowd-'));
      expect(there).toHaveLength(CONTRIBUTORS);
      const filter = { productId: registration.productId, epoch: '2026-Q2' };
      const contributions = await askLedger(
        network.operator.ledger,
        'contribution:list',
        filter,
        contributionSchema.array(),
      );
      expect(contributions).toHaveLength(CONTRIBUTORS);
    },
    TIMEOUT_MS,
  );

  test(
    `${QUERIES} queries in flight are all settled`,
    async () => {
      const analyst = await network.session('analyst');
      const started = performance.now();
      const asked = await Promise.all(
        Array.from({ length: QUERIES }, (_, i) => submitQuestion(analyst, questionNumber(i))),
      );
      expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 'authorised'));
      const ends = await Promise.all(
        asked.map(({ queryId }) => receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS })),
      );
      say(`${QUERIES} queries settled`, started);
      expect(ends).toHaveLength(QUERIES);
      for (const { queryId } of asked) {
        expect((await readQuery(analyst.ledger, queryId)).status).toBe('settled');
      }
    },
    TIMEOUT_MS,
  );
});

/** Exact ones and noisy ones that together stay within the budget of 5 ε. */
function questionNumber(i: number): Question {
  return i % 2 === 0 ? testQuestion : { ...testQuestion, release: 'noisy', epsilonMicro: 200_000 };
}

function say(what: string, sinceMs: number): void {
  console.log(`${what} in ${((performance.now() - sinceMs) / 1000).toFixed(1)} s`);
}
