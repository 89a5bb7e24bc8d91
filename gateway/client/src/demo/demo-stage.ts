import type { CommandContext } from '../command/command.js';
import { emptyReport, type DemoReport } from './demo-report.js';

/** What the steps of the example share. */
export interface DemoStage {
  readonly say: (line?: string) => void;
  readonly context: CommandContext;
  readonly report: DemoReport;
  /** Runs a step under a heading and notes how long it took. */
  step<Result>(name: string, title: string, run: () => Promise<Result>): Promise<Result>;
}

/** @returns a stage that shows on the command's output */
export function createStage(context: CommandContext): DemoStage {
  const report = emptyReport();
  const say = (line = '') => {
    context.output.line(line);
  };
  return {
    say,
    context,
    report,
    step: async (name, title, run) => {
      const started = Date.now();
      say(`\n── ${title}`);
      const result = await run();
      const elapsed = Date.now() - started;
      report.timingsMs[name] = elapsed;
      say(`   (${(elapsed / 1000).toFixed(1)} s)`);
      return result;
    },
  };
}
