import { canonicalBytes, decodePublicKey, hexToBigint, type PublicKey } from '@veilsum/crypto';
import {
  committeeKeySchema,
  memberSchema,
  productSchema,
  type CommitteeKey,
  type Member,
  type MemberId,
  type Product,
} from '@veilsum/protocol';
import { vectorFiles, vectorKey } from '../../vectors/vector-files.js';

/** The moment of all tests, in milliseconds since 1970: 10 May 2017. */
export const TEST_NOW = Date.UTC(2017, 4, 10);

const keysFile = vectorFiles<unknown>('keys')[0];
if (keysFile === undefined) throw new Error('There is no file of test keys.');
const secrets = vectorKey(keysFile, '512-3-2');

/** A committee of three of which two open, with a key that is far too small for anything but tests. */
export const testKey: PublicKey = decodePublicKey(secrets.record);

export const keyholderIds = ['keyholder-1', 'keyholder-2', 'keyholder-3'] as MemberId[];
export const merchantIds = ['merchant-a', 'merchant-b', 'merchant-c'] as MemberId[];
export const analystId = 'analyst-1' as MemberId;

export const committeeKey: CommitteeKey = committeeKeySchema.parse({
  format: 'veilsum-committee-key/1',
  record: secrets.record,
  keyholders: keyholderIds,
  keyId: testKey.keyId,
  status: 'active',
  proposedBy: 'operator',
  registeredAt: 0,
});

/** sᵢ. */
export function dealtShareValue(index: number): bigint {
  return hexToBigint(secrets.shares[index - 1]);
}

/** What the dealer would have sealed to keyholder `index`. */
export function dealtShareBytes(index: number, change: Record<string, unknown> = {}): Uint8Array {
  const value = dealtShareValue(index).toString(16);
  const format = 'veilsum-dealt-share/1';
  return canonicalBytes({ format, keyId: testKey.keyId, index, value, ...change });
}

/** Two regions, two weeks, two blocks: count and sum share one, the squares are in the other. */
export const testProduct: Product = productSchema.parse({
  format: 'veilsum-product/1',
  productId: 'weekly-test',
  version: 1,
  title: 'Weekly sales',
  description: 'Sales by region and week.',
  contributorRoles: ['merchant'],
  dimensions: [{ name: 'region', values: ['north', 'south'] }],
  lanes: { name: 'week', count: 2, unit: 'week', first: 1 },
  measures: [{ name: 'sales', unit: 'cent', lower: '0', upper: '5000' }],
  planes: [
    { name: 'visits', statistic: 'count', span: 'lane', valueBits: 24 },
    { name: 'sum(sales)', measure: 'sales', statistic: 'sum', span: 'lane', valueBits: 40 },
    {
      name: 'sumSquares(sales)',
      measure: 'sales',
      statistic: 'sumSquares',
      span: 'lane',
      valueBits: 130,
    },
  ],
  privacyUnit: { name: 'household', maxCellsPerUnit: 2 },
  maxContributors: 8,
  maskBits: 40,
  functions: ['count', 'sum', 'mean', 'variance'],
  purposes: ['ServiceOptimisation', 'CommercialResearch'],
  classification: 'general',
  tags: [],
  minCohort: 2,
  differencing: 'unit',
  price: '0',
  epochs: { calendar: 'quarter', graceDays: 10 },
  budgetGroup: 'sales',
  epsilonPerEpochMicro: 10_000_000,
  mappingHints: {},
  publishedAt: 0,
});

/** A member as the ledger has it. */
export function testMember(memberId: MemberId, role: Member['roles'][number]): Member {
  return memberSchema.parse({
    memberId,
    mspId: 'TestMSP',
    legalEntityId: `entity-${memberId}`,
    name: memberId,
    roles: [role],
    size: 'small',
    boxPublicKey: '09'.padEnd(64, '0'),
    certificateFingerprints: [],
    status: 'active',
    registeredAt: 0,
  });
}
