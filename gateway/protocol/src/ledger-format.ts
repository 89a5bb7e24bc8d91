import { z } from 'zod';
import { fingerprintSchema, hashSchema, mspIdSchema } from './identifiers.js';
import { timestampSchema } from './quantities.js';

/** Block 0 of an embedded ledger: who may speak at all. */
export const genesisSchema = z.strictObject({
  format: z.literal('veilsum-genesis/1'),
  channel: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  createdAt: timestampSchema,
  /** Root certificates (base64 DER) by MSP. */
  msps: z.array(
    z.strictObject({ mspId: mspIdSchema, rootCertificates: z.array(z.string()).min(1) }),
  ),
  /** The only identity that may call `consortium:initialize`. */
  founderFingerprint: fingerprintSchema,
});
export type Genesis = z.infer<typeof genesisSchema>;

/** What a member signs (canonical JSON, ECDSA P-256, docs/protocol.md §8). */
export const transactionProposalSchema = z.strictObject({
  format: z.literal('veilsum-transaction/1'),
  channel: z.string(),
  /** 32 random bytes in hex, chosen by the client: sending the same envelope twice changes nothing. */
  transactionId: hashSchema,
  contract: z.string(),
  transaction: z.string(),
  /** JSON text, parsed by the contract's own schema. */
  argument: z.string(),
  mspId: mspIdSchema,
  /** Enrolment certificate, base64 of DER. */
  certificate: z.string(),
  timestampMs: timestampSchema,
});
export type TransactionProposal = z.infer<typeof transactionProposalSchema>;

export const transactionEnvelopeSchema = z.strictObject({
  proposal: transactionProposalSchema,
  /** base64 of the DER signature. */
  signature: z.string(),
});
export type TransactionEnvelope = z.infer<typeof transactionEnvelopeSchema>;

/** Position of the transaction that last wrote a key; null: the key did not exist. */
export const versionSchema = z.strictObject({
  block: z.number().int().min(0),
  transaction: z.number().int().min(0),
});

export const readWriteSetSchema = z.strictObject({
  reads: z.array(z.strictObject({ key: z.string(), version: versionSchema.nullable() })),
  /** Range reads with all they saw, so that a key that appears or goes is noticed (phantoms). */
  ranges: z.array(
    z.strictObject({
      startKey: z.string(),
      endKey: z.string(),
      results: z.array(z.strictObject({ key: z.string(), version: versionSchema })),
    }),
  ),
  /** null deletes. */
  writes: z.array(z.strictObject({ key: z.string(), value: z.string().nullable() })),
});
export type ReadWriteSet = z.infer<typeof readWriteSetSchema>;

export const validationCodeSchema = z.enum([
  'VALID',
  'MVCC_READ_CONFLICT',
  'PHANTOM_READ_CONFLICT',
]);

export const ledgerTransactionSchema = z.strictObject({
  envelope: transactionEnvelopeSchema,
  readWriteSet: readWriteSetSchema,
  events: z.array(z.strictObject({ name: z.string(), payload: z.string() })),
  response: z.string(),
  validationCode: validationCodeSchema,
});
export type LedgerTransaction = z.infer<typeof ledgerTransactionSchema>;

export const blockSchema = z.strictObject({
  format: z.literal('veilsum-block/1'),
  number: z.number().int().min(0),
  /** SHA-256 of the canonical JSON of the previous block without `hash`; 64 zeros for block 0. */
  previousHash: hashSchema,
  genesis: genesisSchema.optional(),
  transactions: z.array(ledgerTransactionSchema),
  hash: hashSchema,
});
export type Block = z.infer<typeof blockSchema>;
