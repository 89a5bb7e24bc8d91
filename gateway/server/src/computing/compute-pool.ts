import type { ContributionContext } from '@veilsum/protocol';

/** Checks one container (docs/protocol.md §5). */
export interface VerificationTask {
  readonly path: string;
  /** The committee key's public record. */
  readonly keyRecord: unknown;
  readonly context: ContributionContext;
  readonly cells: number;
  readonly blocks: number;
}

/** Multiplies chosen rows of every container of a cohort (docs/protocol.md §6.2). */
export interface MultiplicationTask {
  readonly containerPaths: readonly string[];
  /** Shape of each of them. */
  readonly cells: number;
  readonly blocks: number;
  readonly modulusBits: number;
  /** The key's modulus, unpadded hex. */
  readonly n: string;
  /** Ascending rows, and for each the position of its product among the answers. */
  readonly rows: readonly number[];
  readonly positions: readonly number[];
  /** Number of products. */
  readonly count: number;
}

/** Arithmetic that takes long, away from the event loop. Nothing of it is secret. */
export interface ComputePool {
  /** Tasks that run at the same time. */
  readonly width: number;
  /** @throws {@link VeilsumError} with a CONTAINER_ code or PLAINTEXT_PROOF_INVALID */
  verifyContainer(task: VerificationTask): Promise<void>;
  /** @returns the products mod n², unpadded hex */
  multiply(task: MultiplicationTask): Promise<string[]>;
  close(): Promise<void>;
}
