import {
  accountIdSchema,
  committeeKeySchema,
  consentSchema,
  consortiumSchema,
  contributionSchema,
  epochSchema,
  integerStringSchema,
  journalEntrySchema,
  keyIdSchema,
  memberIdSchema,
  memberSchema,
  migrationRecordSchema,
  productIdSchema,
  productSchema,
  queryIdSchema,
  ruleRevisionSchema,
  timestampSchema,
  transferSchema,
} from '@veilsum/protocol';
import { z, type ZodType } from 'zod';
import type { StateKind } from './world-state.js';

/** The parts of each key are named beside its kind; `state.list` takes any first few of them. */
const kind = <Value>(type: string, noun: string, schema: ZodType<Value>): StateKind<Value> => ({
  type,
  noun,
  schema,
  notFound: 'NOT_FOUND',
});

/** No parts: there is one. */
export const consortia: StateKind<z.infer<typeof consortiumSchema>> = {
  ...kind('consortium', 'consortium', consortiumSchema),
  notFound: 'NOT_INITIALISED',
};

/** No parts: there is one; only changes of the rules touch it. */
export const ruleRevisions = kind('ruleRevision', 'rule revision', ruleRevisionSchema);

/** migrationId */
export const migrationRecords = kind('migration', 'migration', migrationRecordSchema);

/** memberId */
export const members = kind('member', 'member', memberSchema);

/** fingerprint; it stays when the certificate is revoked, so that the caller learns why. */
export const certificates = kind(
  'certificate',
  'certificate',
  z.strictObject({ memberId: memberIdSchema, status: z.enum(['active', 'revoked']) }),
);

/** {@link productKey} */
export const products: StateKind<z.infer<typeof productSchema>> = {
  ...kind('product', 'product', productSchema),
  notFound: 'PRODUCT_NOT_FOUND',
};

/** productId, version; padded so that versions list in order. */
export const productKey = (productId: string, version: number): [string, string] => [
  productId,
  String(version).padStart(7, '0'),
];

/** productId, contributorId, consentId */
export const consents = kind('consent', 'consent', consentSchema);

/** consentId: where the consent lies */
export const consentPlaces = kind(
  'consentPlace',
  'consent',
  z.strictObject({ productId: productIdSchema, contributorId: memberIdSchema }),
);

/** productId, epoch, contributorId, contributionId */
export const contributions = kind('contribution', 'contribution', contributionSchema);

/** contributionId: where the contribution lies */
export const contributionPlaces = kind(
  'contributionPlace',
  'contribution',
  z.strictObject({
    productId: productIdSchema,
    epoch: epochSchema,
    contributorId: memberIdSchema,
  }),
);

/** productId, epoch: written with the first recorded share; from then on contributions stay as they are */
export const epochReleases = kind(
  'epochRelease',
  'epoch release',
  z.strictObject({ queryId: queryIdSchema, at: timestampSchema }),
);

/** keyId */
export const committeeKeys = kind('committeeKey', 'committee key', committeeKeySchema);

/** No parts: the key that new epochs take. */
export const currentKeys = {
  ...kind('currentKey', 'active committee key', z.strictObject({ keyId: keyIdSchema })),
  notFound: 'KEY_NOT_ACTIVE' as const,
};

/** accountId: what can be spent without folding credits */
export const balances = kind(
  'balance',
  'account',
  z.strictObject({ accountId: accountIdSchema, balance: integerStringSchema }),
);

/** accountId, transactionId, n: money that came in and is not folded into the balance yet */
export const credits = kind(
  'credit',
  'credit',
  z.strictObject({ accountId: accountIdSchema, amount: integerStringSchema }),
);

/** {@link journalKey} */
export const journal = kind('journal', 'journal entry', journalEntrySchema);

/** accountId, then {@link journalKey}: the entries that touch one account */
export const statements = kind('statement', 'journal entry', journalEntrySchema);

/** Time, transactionId, n; padded so that entries list in the order of their time. */
export const journalKey = (at: number, transactionId: string, n: number): string[] => [
  String(at).padStart(16, '0'),
  transactionId,
  String(n).padStart(6, '0'),
];

/** transferId */
export const transfers = kind('transfer', 'transfer', transferSchema);
