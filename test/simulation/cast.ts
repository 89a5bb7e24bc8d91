import { hashCanonicalJson, type DealtKey } from '@veilsum/crypto';
import { memberRegistrationSchema, type MemberRegistration, type Role } from '@veilsum/protocol';
import { dealKey } from '../../crypto/src/ceremony.js';
import {
  sampleConsortium,
  sampleId,
  sampleProduct,
  sampleRegistration,
  type MemoryLedger,
} from '../../chaincode/contracts/src/testing/index.js';
import { DAY_MS, MINUTE_MS } from './durations.js';
import { rewardSchemeOf, rulebookOf } from './rule-contents.js';
import { signedHex, vectorFiles, type VectorKey } from '../vectors/vector-files.js';
import type { Submission } from './world.js';

/** Short beside the clock's jumps, so that some queries meet their deadlines and some do not. */
export const deadlines = {
  blindingMs: 40 * MINUTE_MS,
  releaseMs: 40 * MINUTE_MS,
  disputeMs: 60 * MINUTE_MS,
};
export const MAX_ATTEMPTS = 3;

interface Actor {
  readonly name: string;
  readonly mspId: string;
  readonly roles: readonly Role[];
  readonly entity?: string;
}

const merchant = (number: number, entity?: string): Actor => ({
  name: `merchant-${number}`,
  mspId: 'MerchantsMSP',
  roles: ['merchant'],
  ...(entity === undefined ? {} : { entity }),
});
const keyholder = (number: number, mspId = 'RegulatorMSP'): Actor => ({
  name: `keyholder-${number}`,
  mspId,
  roles: ['keyholder'],
});

/** In from the start, beside the operator who founds the network. Two pairs of merchants are one legal entity each. */
const founders: readonly Actor[] = [
  { name: 'treasurer', mspId: 'AssociationMSP', roles: ['operator'] },
  { name: 'gateway', mspId: 'AssociationMSP', roles: ['gateway'] },
  { name: 'auditor', mspId: 'AssociationMSP', roles: ['auditor'] },
  merchant(1, 'chain-a'),
  merchant(2, 'chain-a'),
  merchant(3, 'chain-b'),
  merchant(4, 'chain-b'),
  merchant(5),
  merchant(6),
  { name: 'analyst-1', mspId: 'MerchantsMSP', roles: ['analyst'] },
  { name: 'analyst-2', mspId: 'MerchantsMSP', roles: ['analyst', 'merchant'] },
  { name: 'agent', mspId: 'MerchantsMSP', roles: ['analyst'] },
  { name: 'stranger', mspId: 'MerchantsMSP', roles: ['logistics'] },
  keyholder(1),
  keyholder(2),
  keyholder(3),
  keyholder(4, 'BanksMSP'),
  { name: 'regulator', mspId: 'RegulatorMSP', roles: ['regulator'] },
];

/** May be enrolled later; until then their certificates speak for nobody. */
const newcomers: readonly Actor[] = [
  merchant(7, 'chain-a'),
  merchant(8),
  merchant(9, 'chain-c'),
  merchant(10, 'chain-c'),
  { name: 'analyst-3', mspId: 'MerchantsMSP', roles: ['analyst'] },
  // Of an organisation that joins later.
  { name: 'courier-1', mspId: 'CouriersMSP', roles: ['merchant', 'logistics'] },
  { name: 'courier-2', mspId: 'CouriersMSP', roles: ['merchant'] },
];

const founder: Actor = { name: 'operator', mspId: 'AssociationMSP', roles: ['operator'] };

/** Everyone who may sign, enrolled or not. */
export const everyone: readonly Actor[] = [founder, ...founders, ...newcomers];

/** An organisation that joins later. */
export const joiningOrganisation = { mspId: 'CouriersMSP', roles: ['merchant', 'logistics'] };

const common = { epochs: { calendar: 'week', graceDays: 21 }, maxContributors: 8 } as const;

/** One budget group of three: a product that protects units, its next version, and one that protects cohorts. */
export const productDefinitions = [
  sampleProduct({ ...common, productId: 'weekly-sales' as never, epsilonPerEpochMicro: 9_000_000 }),
  sampleProduct({
    ...common,
    productId: 'shop-visits' as never,
    differencing: 'cohort',
    minCohort: 3,
    price: '3001',
    epsilonPerEpochMicro: 6_000_000,
  }),
  sampleProduct({ ...common, productId: 'weekly-sales' as never, version: 2, price: '777' }),
];

/** The registration of an actor with the identity that the ledger knows of it. */
export async function registrationOf(
  ledger: MemoryLedger,
  { name, mspId, roles, entity }: Actor,
): Promise<MemberRegistration> {
  const registration = sampleRegistration(name, roles, await ledger.identity(name, mspId));
  return memberRegistrationSchema.parse({
    ...registration,
    legalEntityId: entity ?? registration.legalEntityId,
  });
}

/** What newcomers will be registered with. */
export async function newcomerRegistrations(ledger: MemoryLedger): Promise<MemberRegistration[]> {
  const registrations: MemberRegistration[] = [];
  for (const actor of newcomers) registrations.push(await registrationOf(ledger, actor));
  return registrations;
}

/** The transactions that found the network, in their order. */
export async function foundingSubmissions(
  ledger: MemoryLedger,
  keys: readonly DealtKey[],
): Promise<Submission[]> {
  const by = (contract: string, transaction: string, argument: unknown): Submission => ({
    as: 'operator',
    contract,
    transaction,
    argument,
  });
  const operator = await registrationOf(ledger, founder);
  const { mspRoles } = sampleConsortium();
  const consortium = sampleConsortium({
    deadlines,
    maxAttempts: MAX_ATTEMPTS,
    mspRoles: { ...mspRoles, BanksMSP: ['finance', 'keyholder'] },
  });
  const members: MemberRegistration[] = [];
  for (const actor of founders) members.push(await registrationOf(ledger, actor));
  const founding = by('consortium', 'initialize', { consortium, operator, members });
  const changes = [
    { kind: 'committeeKey', content: committeeKeyOf(keys, 0) },
    ...productDefinitions.slice(0, 2).map((content) => ({ kind: 'standard', content })),
    { kind: 'rulebook', content: rulebookOf(1, ledger.now()) },
    { kind: 'rewardScheme', content: rewardSchemeOf(1, ledger.now() + 1) },
  ];
  const adoptions = changes.flatMap((change, index) => {
    const proposalId = sampleId(`founding proposal ${index}`);
    const submission = {
      format: 'veilsum-proposal/1',
      proposalId,
      ...change,
      reason: 'The network begins with it.',
      expiresAt: ledger.now() + DAY_MS,
    };
    const approval = { proposalId, contentHash: hashCanonicalJson(change) };
    return [
      by('proposal', 'submit', submission),
      { ...by('proposal', 'approve', approval), as: 'keyholder-1' },
    ];
  });
  return [founding, ...adoptions];
}

/** The registration of the n-th key; its keyholders change from key to key. */
export function committeeKeyOf(keys: readonly DealtKey[], number: number): unknown {
  const record = keys[number]?.record;
  const order = [1, 2, 3, 4].filter((index) => index !== 4 - (number % 4));
  return {
    format: 'veilsum-committee-key/1',
    record,
    keyholders: order.map((index) => `keyholder-${index}`),
  };
}

/** Public test keys of 3 keyholders, 2 of whom open, so that a seed repeats every byte. */
export function dealKeys(count: number): DealtKey[] {
  const [file] = vectorFiles<VectorKey>('keys');
  const vector = file?.cases.find(({ record }) => record['modulusBits'] === 512);
  if (vector === undefined) throw new Error('There is no 512-bit test key among the vectors.');
  const parameters = { modulusBits: 512, l: 3, t: 2, exponentBits: 256, insecureTestKey: true };
  return Array.from({ length: count }, (_, number) =>
    dealKey(parameters, {
      p: signedHex(vector.p),
      q: signedHex(vector.q),
      x: signedHex(vector.x) + BigInt(number),
      coefficients: vector.coefficients.map(signedHex),
    }),
  );
}
