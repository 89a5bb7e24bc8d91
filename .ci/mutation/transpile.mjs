/**
 * Makes the sandbox's TypeScript importable: a `.js` beside each `.ts` that the rules' tests may reach.
 * Packages outside it are imported as they are built.
 */
import { transformFile } from '@swc/core';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folders = ['chaincode/rules/src', 'chaincode/contracts/src', 'test/fakes', 'test/vectors'];
const options = {
  swcrc: false,
  sourceMaps: false,
  jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
  module: { type: 'es6' },
};

for (const folder of folders) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const path = join(folder, name);
    const { code } = await transformFile(path, options);
    await writeFile(path.replace(/\.ts$/, '.js'), code);
  }
}
