import { readFile } from 'node:fs/promises';
import { auditRules } from './audit.js';

const page = new URL('../../../../docs/audit.md', import.meta.url);

it('docs/audit.md lists every check, and no other', async () => {
  const [, table = ''] = (await readFile(page, 'utf8')).split(
    '| check | what holds |\n|---|---|\n',
  );
  const [rows = ''] = table.split('\n\n');
  const listed = rows.split('\n').flatMap((row) => row.split('|')[1]?.trim().split(', ') ?? []);
  expect(listed.sort()).toEqual(auditRules.map(({ check }) => check).sort());
});
