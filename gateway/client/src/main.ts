import { createRequire } from 'node:module';
import { runProgram } from './command/program.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
await runProgram(version, process.argv.slice(2));
