import {
  certificateMessages,
  decodeCertificate,
  verifyCertificate,
  verifyCertificateByBlock,
} from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import { recordedFinal, type PlannedQuery } from './ledger-view.js';
import { resultRows, type ResultRows } from './result-rows.js';

/** What a certificate proves about a plan. */
export interface VerifiedResult extends ResultRows {
  readonly attempt: number;
  readonly finalHash: string;
  /** |A|: keyholders that added noise. */
  readonly samples: number;
}

/**
 * Checks a result certificate against the ledger's record of a query and decodes it; needs no share,
 * no secret and no gateway (docs/protocol.md §7).
 * @param certificate - from anyone
 * @param options - `byBlock`: slower, and without trust in the dealer for the size of n's primes
 * @throws {@link VeilsumError} CERTIFICATE_INVALID, RESULT_UNDECODABLE
 */
export function verifyResult(
  query: PlannedQuery,
  certificate: unknown,
  options: { readonly byBlock?: boolean } = {},
): VerifiedResult {
  const { key, planHash, plan, product, record } = query;
  const decoded = decodeOrThrow(certificate);
  if (decoded.planHash !== planHash) throw invalid('It is a certificate of another plan.');
  const final = recordedFinal(query, decoded.attempt);
  if (final === undefined) {
    throw invalid(
      `The ledger has no final block that ${key.t} keyholders recorded in this attempt.`,
    );
  }
  const verify = options.byBlock === true ? verifyCertificateByBlock : verifyCertificate;
  if (!verify({ key, certificate: decoded, finalHash: final.finalHash, planHash })) {
    throw invalid('It does not prove what it says.');
  }
  const samples = final.record.attempt.keyholders.length;
  const rows = resultRows({
    product,
    plan,
    request: record.request,
    key,
    messages: certificateMessages(decoded),
    samples,
  });
  return { ...rows, attempt: decoded.attempt, finalHash: final.finalHash, samples };
}

function decodeOrThrow(certificate: unknown) {
  try {
    return decodeCertificate(certificate);
  } catch {
    throw invalid('It does not have the form of a certificate.');
  }
}

const invalid = (sentence: string) => new VeilsumError('CERTIFICATE_INVALID', sentence);
