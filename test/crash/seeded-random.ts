/** Mulberry32: the same numbers for the same seed, so that a failure can be had again. */
export class SeededRandom {
  #state: number;

  /** @param seed - taken modulo 2^32 */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns at least 0 and below 1 */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** @returns a whole number below `limit` */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('There is nothing to choose from.');
    return choice;
  }
}
