import { StatusCode } from '@hyperledger/fabric-gateway';
import { VeilsumError } from '@veilsum/protocol';

import type { SettledTransaction } from './transaction-settlement.js';

/** How often a transaction whose endorsements fell behind a change of the channel's rules is made anew. */
const OUTDATED_ATTEMPTS_MAX = 3;

/**
 * What an invalid transaction means. `conflict` is a matter of the moment, `outdated` of a policy or
 * chaincode definition that changed between endorsement and commit, `final` of neither.
 */
export type Invalidity = 'conflict' | 'outdated' | 'final';

const INVALIDITIES = new Map<number, Invalidity>([
  [StatusCode.MVCC_READ_CONFLICT, 'conflict'],
  [StatusCode.PHANTOM_READ_CONFLICT, 'conflict'],
  [StatusCode.ENDORSEMENT_POLICY_FAILURE, 'outdated'],
  [StatusCode.EXPIRED_CHAINCODE, 'outdated'],
  [StatusCode.CHAINCODE_VERSION_CONFLICT, 'outdated'],
]);

/** Whether a fresh proposal may do better than the attempt of this number, counted from 1. */
export function isWorthAnotherAttempt(validationCode: number, attempt: number): boolean {
  const invalidity = INVALIDITIES.get(validationCode);
  return (
    invalidity === 'conflict' || (invalidity === 'outdated' && attempt < OUTDATED_ATTEMPTS_MAX)
  );
}

/** The error that tells a user why his transaction, though in a block, changed nothing. */
export function errorOfInvalid({
  transactionId,
  validationCode,
}: Pick<SettledTransaction, 'transactionId' | 'validationCode'>): VeilsumError {
  const name = validationCodeName(validationCode);
  switch (INVALIDITIES.get(validationCode) ?? 'final') {
    case 'conflict':
      return new VeilsumError(
        'MVCC_CONFLICT',
        'Other transactions kept changing what this one had read; send it again.',
        { transactionId },
      );
    case 'outdated':
      return new VeilsumError(
        'FORBIDDEN',
        `The transaction lacks endorsements that the consortium's policy asks for (${name}); ask the organisations whose approval it needs.`,
        { transactionId },
      );
    case 'final':
      return new VeilsumError('INTERNAL', `The peers refused the transaction (${name}).`, {
        transactionId,
      });
  }
}

/** Fabric's name of a validation code, like `MVCC_READ_CONFLICT`. */
function validationCodeName(code: number): string {
  return Object.entries(StatusCode).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}
