import { generateKeyCeremony, hashLayout, type DealtKey } from '@veilsum/crypto';
import {
  contributionRegistrationSchema,
  memberIdSchema,
  memberRegistrationSchema,
  type CommitteeKeyRegistration,
  type Consortium,
  type ContributionRegistration,
  type MemberRegistration,
  type Role,
} from '@veilsum/protocol';
import { checkLoneGrant, layoutForProduct, productCellCount } from '@veilsum/rules';
import {
  sampleConsent,
  sampleConsortium,
  sampleHash,
  sampleId,
  sampleProduct,
  sampleRegistration,
} from './sample-objects.js';
import { adopt } from './sample-proposal.js';
import type { TestLedger } from './test-ledger.js';

/** Everyone of the sample network but the operator, who founds it. */
const sampleMembers: readonly { name: string; mspId: string; roles: readonly Role[] }[] = [
  { name: 'gateway', mspId: 'AssociationMSP', roles: ['gateway'] },
  { name: 'treasurer', mspId: 'AssociationMSP', roles: ['operator'] },
  { name: 'auditor', mspId: 'AssociationMSP', roles: ['auditor'] },
  { name: 'merchant-1', mspId: 'MerchantsMSP', roles: ['merchant'] },
  { name: 'merchant-2', mspId: 'MerchantsMSP', roles: ['merchant'] },
  { name: 'merchant-3', mspId: 'MerchantsMSP', roles: ['merchant'] },
  { name: 'analyst', mspId: 'MerchantsMSP', roles: ['analyst'] },
  { name: 'keyholder-1', mspId: 'RegulatorMSP', roles: ['keyholder'] },
  { name: 'keyholder-2', mspId: 'RegulatorMSP', roles: ['keyholder'] },
  { name: 'keyholder-3', mspId: 'RegulatorMSP', roles: ['keyholder'] },
];

/** The epoch of the sample contributions. */
export const SAMPLE_EPOCH = '2026-Q1';

/** Founds the consortium with as few as can: the operator, and a keyholder of another organisation. */
export async function foundConsortium(
  ledger: TestLedger,
  consortium = sampleConsortium(),
): Promise<void> {
  const smallest = sampleMembers.filter(({ name }) => name === 'keyholder-1');
  await foundWith(ledger, consortium, smallest);
}

/** Founds the consortium with everyone of the sample network. */
export async function foundNetwork(ledger: TestLedger): Promise<void> {
  await foundWith(ledger, sampleConsortium(), sampleMembers);
}

async function foundWith(
  ledger: TestLedger,
  consortium: Consortium,
  others: typeof sampleMembers,
): Promise<void> {
  const identity = await ledger.identity('operator', 'AssociationMSP');
  const operator = sampleRegistration('operator', ['operator'], identity);
  const members: MemberRegistration[] = [];
  for (const { name, mspId, roles } of others) {
    members.push(sampleRegistration(name, roles, await ledger.identity(name, mspId)));
  }
  await ledger.submit('operator', 'consortium', 'initialize', { consortium, operator, members });
}

/** Lets a member in, as the operator alone where it may, else with another organisation. */
export async function letIn(
  ledger: TestLedger,
  { name, mspId, roles }: (typeof sampleMembers)[number],
  changes: { readonly memberId?: string; readonly legalEntityId?: string } = {},
): Promise<void> {
  const registration = memberRegistrationSchema.parse({
    ...sampleRegistration(name, roles, await ledger.identity(name, mspId)),
    ...changes,
  });
  if (checkLoneGrant(registration).allowed) {
    await ledger.submit('operator', 'member', 'register', registration);
  } else await adopt(ledger, 'member', { registrations: [registration] });
}

/** The network with an active test key and the sample product. */
export async function foundMarket(ledger: TestLedger): Promise<DealtKey> {
  await foundNetwork(ledger);
  const dealt = await dealSampleKey();
  await adopt(ledger, 'committeeKey', keyRegistration(dealt));
  await adopt(ledger, 'standard', sampleProduct());
  return dealt;
}

let dealtOnce: Promise<DealtKey> | undefined;

/** A 512-bit test key of 3 keyholders, 2 of whom open; the same for the whole process. */
export function dealSampleKey(): Promise<DealtKey> {
  dealtOnce ??= generateSampleKey();
  return dealtOnce;
}

/** Another such key. */
export function generateSampleKey(): Promise<DealtKey> {
  return generateKeyCeremony({ modulusBits: 512, l: 3, t: 2, insecureTestKey: true });
}

/** The registration of a dealt key for the three sample keyholders. */
export function keyRegistration({ record }: DealtKey): CommitteeKeyRegistration {
  return {
    format: 'veilsum-committee-key/1',
    record: record as CommitteeKeyRegistration['record'],
    keyholders: ['keyholder-1', 'keyholder-2', 'keyholder-3'].map((name) =>
      memberIdSchema.parse(name),
    ),
  };
}

/** Grants the sample consent of a merchant. @returns its id */
export async function grantConsent(
  ledger: TestLedger,
  merchant: string,
  changes: Parameters<typeof sampleConsent>[2] = {},
): Promise<string> {
  const consentId = sampleId(`consent of ${merchant}`);
  const terms = sampleConsent(consentId, ledger.now(), changes);
  await ledger.submit(merchant, 'consent', 'grant', terms);
  return consentId;
}

/** The registration of a merchant's contribution under its sample consent. */
export function contributionOf(
  merchant: string,
  { record }: DealtKey,
  changes: Partial<Record<keyof ContributionRegistration, unknown>> = {},
): ContributionRegistration {
  const product = { ...sampleProduct(), publishedAt: 0 };
  const layout = layoutForProduct(product, record);
  const rowCount = productCellCount(product) * layout.blocks;
  return contributionRegistrationSchema.parse({
    format: 'veilsum-contribution-registration/1',
    contributionId: sampleId(`contribution of ${merchant}`),
    consentId: sampleId(`consent of ${merchant}`),
    productId: product.productId,
    productVersion: product.version,
    epoch: SAMPLE_EPOCH,
    keyId: record.keyId,
    layoutHash: hashLayout(layout),
    contentHash: sampleHash(`container of ${merchant}`),
    byteLength: rowCount * (record.modulusBits / 4) + 1000,
    rowCount,
    coverage: [0, 1],
    ...changes,
  });
}

/** Consents, registers and stores a contribution of each merchant. */
export async function contributeAll(
  ledger: TestLedger,
  dealt: DealtKey,
  merchants: readonly string[] = ['merchant-1', 'merchant-2', 'merchant-3'],
): Promise<void> {
  for (const merchant of merchants) {
    await grantConsent(ledger, merchant);
    const registration = contributionOf(merchant, dealt);
    await ledger.submit(merchant, 'contribution', 'register', registration);
    const { contributionId, contentHash } = registration;
    await ledger.submit('gateway', 'contribution', 'markStored', { contributionId, contentHash });
  }
}

/** Puts money on a member's account: proposed by the member, confirmed by the operator. */
export async function deposit(ledger: TestLedger, member: string, amount: string): Promise<string> {
  const transferId = sampleId(`deposit ${member} ${amount}`);
  await ledger.submit(member, 'account', 'proposeTransfer', {
    format: 'veilsum-transfer/1',
    transferId,
    kind: 'deposit',
    amount,
    reference: 'Statement 1',
  });
  await ledger.submit('operator', 'account', 'confirmTransfer', { transferId });
  return transferId;
}
