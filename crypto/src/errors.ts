/**
 * What a caller may branch on when the cryptographic room refuses something. A message is a plain
 * sentence and never holds a secret, a share or a plaintext.
 */
export class CryptoError extends Error {
  /** Stable, upper case, e.g. `PARAMETER_INVALID`; more specific than the class. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A key record, layout, size or argument outside the domain that docs/protocol.md states. */
export class ParameterError extends CryptoError {
  constructor(message: string, code = 'PARAMETER_INVALID') {
    super(code, message);
  }
}

/** Bytes, JSON or an integer that is not the one accepted encoding of a value. */
export class EncodingError extends CryptoError {
  constructor(message: string, code = 'ENCODING_INVALID') {
    super(code, message);
  }
}

/** A proof or signature that had to hold and does not. */
export class ProofError extends CryptoError {
  constructor(message: string, code = 'PROOF_INVALID') {
    super(code, message);
  }
}

/** Shares that do not combine to a checked result (docs/protocol.md §7). */
export class CombineError extends CryptoError {
  /** Indices 1..l, ascending, of keyholders whose share or proof is wrong; empty when none could be named. */
  readonly cheaters: readonly number[];

  constructor(message: string, cheaters: readonly number[] = [], code = 'COMBINE_FAILED') {
    super(code, message);
    this.cheaters = [...cheaters].sort((left, right) => left - right);
  }
}
