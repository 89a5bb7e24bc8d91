import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError, SourceDatabase } from './source-database.js';
import { sqlString } from './sql-text.js';

describe('a locked source database', () => {
  let folder: string;
  let database: SourceDatabase;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilsum-locked-'));
    await writeFile(join(folder, 'other.csv'), 'a\n1\n');
    database = await SourceDatabase.open();
    // What is refused below works before the lock, so the test can fail.
    await database.run(`CREATE TABLE source AS SELECT * FROM read_csv(${path('other.csv')})`);
    await database.run(`COPY source TO ${path('before.csv')}`);
    await database.lock();
  });
  afterAll(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  function path(name: string): string {
    return sqlString(join(folder, name));
  }

  it.each([
    ['reads a CSV file', () => `SELECT * FROM read_csv(${path('other.csv')})`],
    ['reads a text file', () => `SELECT content FROM read_text(${path('other.csv')})`],
    ['reads a file by its name', () => `SELECT * FROM ${path('other.csv')}`],
    ['lists a folder', () => `SELECT * FROM glob(${path('*')})`],
    ['writes a file', () => `COPY source TO ${path('after.csv')}`],
    ['exports', () => `EXPORT DATABASE ${path('exported')}`],
    ['attaches a database', () => `ATTACH ${path('after.duckdb')} AS other`],
    ['installs an extension', () => 'INSTALL httpfs'],
    ['loads an extension', () => 'LOAD httpfs'],
    ['reads from the network', () => `SELECT * FROM read_csv('https://127.0.0.1:1/a.csv')`],
    ['allows files again', () => 'SET enable_external_access = true'],
    ['unlocks itself', () => 'SET lock_configuration = false'],
    ['chooses a folder for temporary files', () => `SET temp_directory = ${path('spill')}`],
    ['profiles into a file', () => `SET profiling_output = ${path('profile.json')}`],
  ])('never %s', async (_what, sql) => {
    await expect(database.run(sql())).rejects.toBeInstanceOf(DatabaseError);
    expect((await readdir(folder)).sort()).toEqual(['before.csv', 'other.csv']);
  });

  it('still answers', async () => {
    expect(await database.rows('SELECT sum(a) AS total FROM source')).toEqual([{ total: 1n }]);
  });

  it('has the readers built in, since none may be loaded', async () => {
    const fresh = await SourceDatabase.open();
    const built = await fresh.rows(
      `SELECT extension_name AS name FROM duckdb_extensions()
       WHERE loaded AND install_mode = 'STATICALLY_LINKED' AND extension_name IN ('json', 'parquet') ORDER BY 1`,
    );
    fresh.close();
    expect(built).toEqual([{ name: 'json' }, { name: 'parquet' }]);
  });
});
