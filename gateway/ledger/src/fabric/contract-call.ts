import { encodeCanonicalJson, sha256Hex } from '@veilsum/crypto';

import { encodeArgument } from '../contract-argument.js';
import type { LedgerRequest } from '../ledger.js';

/** A request in the form in which Fabric's peers take it. */
export interface ContractCall {
  /** `contract:transaction`. */
  readonly name: string;
  /** Canonical JSON text. */
  readonly argument: string;
  /** SHA-256 over both, hex: the same request has the same hash. */
  readonly requestHash: string;
}

/** @throws {@link VeilsumError} LIMIT_EXCEEDED when its argument is longer than the ledger takes */
export function contractCallOf({ contract, transaction, argument }: LedgerRequest): ContractCall {
  const name = `${contract}:${transaction}`;
  const text = encodeArgument(argument);
  const requestHash = sha256Hex(Buffer.from(encodeCanonicalJson([name, text])));
  return { name, argument: text, requestHash };
}
