import { canonicalBytes, encodeCanonicalJson, randomBytes, bytesToHex } from '@veilsum/crypto';
import {
  genesisSchema,
  transactionProposalSchema,
  type Genesis,
  type TransactionEnvelope,
  type TransactionProposal,
} from '@veilsum/protocol';
import {
  CertificateAuthority,
  FileSigner,
  fingerprintOf,
  generateEnrolmentKey,
  type TransactionSigner,
  type Validity,
} from '@veilsum/ledger';

const day = 86_400_000;

/** From yesterday to a month ahead. */
export const currentMonth = (): Validity => ({
  notBeforeMs: Date.now() - day,
  notAfterMs: Date.now() + 30 * day,
});

/** An authority of one MSP that lives as long as the test. */
export function createAuthority(mspId = 'TestMSP'): Promise<CertificateAuthority> {
  return CertificateAuthority.generate({ ...currentMonth(), mspId });
}

/** A signer with a fresh key and certificate, without files. */
export async function enrol(
  authority: CertificateAuthority,
  memberId: string,
  validity: Validity = currentMonth(),
): Promise<FileSigner> {
  const { privateKey, request } = await generateEnrolmentKey(memberId);
  const certificate = await authority.issue({ memberId, request, ...validity });
  return new FileSigner({ mspId: authority.mspId, certificate, privateKey });
}

/** The genesis of a ledger for the members of some authorities. */
export function createGenesis(
  authorities: readonly CertificateAuthority[],
  founder: TransactionSigner,
): Genesis {
  return genesisSchema.parse({
    format: 'veilsum-genesis/1',
    channel: 'test-channel',
    createdAt: Date.now(),
    msps: authorities.map(({ mspId, certificate }) => ({
      mspId,
      rootCertificates: [Buffer.from(certificate).toString('base64')],
    })),
    founderFingerprint: fingerprintOf(founder.certificate),
  });
}

/** A signed transaction of the key-value contract, with fields of the proposal replaced at will. */
export async function signTransaction(
  signer: TransactionSigner,
  transaction: string,
  argument: unknown,
  changes: Partial<Record<keyof TransactionProposal, unknown>> = {},
): Promise<TransactionEnvelope> {
  const proposal = transactionProposalSchema.parse({
    format: 'veilsum-transaction/1',
    channel: 'test-channel',
    transactionId: bytesToHex(randomBytes(32)),
    contract: 'keyValue',
    transaction,
    argument: encodeCanonicalJson(argument),
    mspId: signer.mspId,
    certificate: Buffer.from(signer.certificate).toString('base64'),
    timestampMs: Date.now(),
    ...changes,
  });
  return signProposal(signer, proposal);
}

export async function signProposal(
  signer: TransactionSigner,
  proposal: TransactionProposal,
): Promise<TransactionEnvelope> {
  const signature = await signer.sign(canonicalBytes(proposal));
  return { proposal, signature: Buffer.from(signature).toString('base64') };
}
