import type { Readable } from 'node:stream';

/** A stored object that is being read. */
export interface StoredObject {
  readonly byteLength: number;
  readonly stream: Readable;
}

/** An object that is being received; nobody sees it until it is kept. */
export interface StagedObject {
  /** Where its bytes lie on this machine, for checks that need random access. */
  readonly path: string;
  /** Takes the bytes in order; resolves once more may come. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes it durable under a name, replacing whatever had it. */
  keep(name: string): Promise<void>;
  /** Forgets it; does nothing after {@link keep}. */
  discard(): Promise<void>;
}

/**
 * Objects by name: containers, aggregates, blindings, sealed shares. An object appears whole or not
 * at all and is durable once a call returns. Files by default; the names suit an object service too.
 */
export interface ObjectStore {
  has(name: string): Promise<boolean>;
  /** @returns the bytes, or undefined when there is no such object */
  read(name: string): Promise<Uint8Array | undefined>;
  /** @returns undefined when there is no such object */
  open(name: string): Promise<StoredObject | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  stage(): Promise<StagedObject>;
  /** A file of this machine that holds the object. @throws when there is none */
  localPath(name: string): Promise<string>;
  /** Names that begin so. */
  list(prefix: string): Promise<string[]>;
  remove(name: string): Promise<void>;
}
