import type { PlanAttempt } from './keyholder-store.js';

/** What a keyholder brings to the gateway. */
export type Delivery = 'blinding' | 'share';

/**
 * What this process has brought to the gateway already. It is forgotten with the process: after a
 * restart everything open is brought again, which gives the gateway back what it may have lost.
 */
export class Deliveries {
  readonly #made = new Set<string>();

  /**
   * Brings it unless it was brought before.
   *
   * @returns whether it was brought now
   */
  async once(delivery: Delivery, of: PlanAttempt, bring: () => Promise<void>): Promise<boolean> {
    const name = `${delivery}~${of.planHash}~${of.attempt}`;
    if (this.#made.has(name)) return false;
    await bring();
    this.#made.add(name);
    return true;
  }
}
