import type { Command } from 'commander';
import { runChecks } from '../doctor/checks.js';
import { addCommand } from './command.js';

/** Adds `veilsum doctor`. */
export function addDoctorCommand(program: Command): void {
  addCommand(program, {
    usage: 'doctor',
    summary: 'look for what commonly goes wrong, and say how to mend it',
    example: 'doctor',
    run: async ({ output, state }) => {
      const outcomes = await runChecks(state);
      output.result(outcomes);
      output.table(
        ['check', '', 'found', 'how to mend it'],
        outcomes.map(({ check, ok, found, mend }) => [
          check,
          ok ? 'ok' : 'FAIL',
          found,
          ok ? '' : mend,
        ]),
      );
      if (outcomes.some(({ ok }) => !ok)) process.exitCode = 1;
    },
  });
}
