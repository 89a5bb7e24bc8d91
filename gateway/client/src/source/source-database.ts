import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { VeilsumError } from '@veilsum/protocol';

/** A failure inside DuckDB; its message may quote data and is never shown. */
export class DatabaseError extends Error {
  /** DuckDB's own name of the kind of failure, e.g. `Conversion`, `Binder`, `Out of Range`. */
  readonly kind: string;

  constructor(cause: unknown) {
    super('DuckDB failed.', { cause });
    this.name = 'DatabaseError';
    this.kind = /^([A-Z][A-Za-z ]*) Error:/.exec(this.#firstLine())?.[1] ?? 'Unknown';
  }

  /** First line of DuckDB's message; without data only for Parser, Binder and Catalog failures. */
  get firstLine(): string {
    return this.#firstLine().replace(/^[A-Z][A-Za-z ]* Error: /, '');
  }

  #firstLine(): string {
    const { message } = this.cause as { readonly message?: unknown };
    return typeof message === 'string' ? (message.split('\n')[0] ?? '') : '';
  }
}

/**
 * A DuckDB in memory that never installs or loads extensions and never spills rows to disk. Common
 * subexpressions stay apart: DuckDB would otherwise move them out of TRY, and one bad row would
 * fail the whole statement.
 */
const CONFIGURATION = {
  allow_community_extensions: 'false',
  allow_persistent_secrets: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  disabled_optimizers: 'common_subexpressions',
  preserve_insertion_order: 'true',
  temp_directory: '',
};

/** One answer row, by column name. Integers wider than 32 bits are bigint. */
export type DatabaseRow = Readonly<Record<string, unknown>>;

/**
 * The database in which a source is read. Until {@link SourceDatabase.lock} it may open files; the
 * SQL of a mapping runs only after it (docs/architecture.md, Rooms).
 */
export class SourceDatabase {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /** @throws {@link VeilsumError} SOURCE_UNREADABLE when DuckDB cannot be started */
  static async open(): Promise<SourceDatabase> {
    try {
      // Loaded here, since most commands read no source and loading takes a third of a second.
      const duckdb = await import('@duckdb/node-api');
      const instance = await duckdb.DuckDBInstance.create(':memory:', CONFIGURATION);
      return new SourceDatabase(instance, await instance.connect());
    } catch (cause) {
      const sentence = 'DuckDB, which reads sources, cannot be started on this machine.';
      throw new VeilsumError('SOURCE_UNREADABLE', sentence, { cause });
    }
  }

  /** Ends all access to files, network and extensions, for good. */
  async lock(): Promise<void> {
    await this.run('SET enable_external_access = false');
    await this.run('SET lock_configuration = true');
  }

  /** @throws {@link DatabaseError} */
  async run(sql: string): Promise<void> {
    await this.rows(sql);
  }

  /** @throws {@link DatabaseError} */
  async rows(sql: string): Promise<DatabaseRow[]> {
    try {
      return (await this.connection.runAndReadAll(sql)).getRowObjects();
    } catch (cause) {
      throw new DatabaseError(cause);
    }
  }

  /** Frees the rows. */
  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
