/** One thing that was done, for people and programs. */
export interface StepReport {
  /** What was done, e.g. `Channel joined by 4 peers`. */
  readonly did: string;
  readonly ms: number;
}

/** Prints what was done and how long it took. */
export class StepLog {
  readonly #print: (step: StepReport) => void;
  readonly steps: StepReport[] = [];

  /** @param print - called after each step */
  constructor(print: (step: StepReport) => void = () => undefined) {
    this.#print = print;
  }

  /**
   * Runs a step.
   * @param run - returns the sentence that says what it did, or undefined when there was nothing to do
   */
  async step(run: () => Promise<string | undefined>): Promise<void> {
    const started = performance.now();
    const did = await run();
    if (did === undefined) return;
    const report = { did, ms: Math.round(performance.now() - started) };
    this.steps.push(report);
    this.#print(report);
  }
}
