import type { Contribution } from '@veilsum/protocol';
import type { Finding } from './detectors/finding.js';
import {
  lookAtContainer,
  type ContainerProbeOptions,
  type ContainerState,
} from './picture/container-probe.js';
import type { LedgerPicture } from './picture/ledger-picture.js';

export interface ContainerWatchOptions extends ContainerProbeOptions {
  readonly memberId: string;
  /** How often each container is read back. */
  readonly everyMs: number;
}

/** What was found when a container was last read back. */
interface SeenContainer {
  readonly at: number;
  readonly state: ContainerState;
}

/** Keyholders' words for a container that is not what is registered. */
const CONTAINER_CODE = /^(CONTAINER_[A-Z]+|PLAINTEXT_PROOF_INVALID)$/;

/**
 * Reads a member's own containers back from the gateway from time to time, and at once when a keyholder
 * refused one in a cohort that they belong to: the gateway keeps the only copy that counts.
 */
export class ContainerWatch {
  readonly #options: ContainerWatchOptions;
  readonly #seen = new Map<string, SeenContainer>();

  constructor(options: ContainerWatchOptions) {
    this.#options = options;
  }

  /** Reads back what is due. @returns what is amiss with the member's containers */
  async look(picture: LedgerPicture, now: number): Promise<Finding[]> {
    const own = picture.contributions.filter(
      ({ contributorId, status }) =>
        contributorId === this.#options.memberId && status === 'stored',
    );
    for (const contribution of own) {
      if (!this.#isDue(contribution, picture, now)) continue;
      const state = await lookAtContainer(this.#options, contribution);
      if (state !== 'unknown') this.#seen.set(contribution.contributionId, { at: now, state });
    }
    return own.flatMap((contribution) => this.#findingOf(contribution));
  }

  /** What was amiss is looked at again each time, so that its mending is seen. */
  #isDue({ contributionId }: Contribution, picture: LedgerPicture, now: number): boolean {
    const seen = this.#seen.get(contributionId);
    if (seen?.state !== 'intact') return true;
    return now - seen.at >= this.#options.everyMs || suspectedAt(contributionId, picture) > seen.at;
  }

  #findingOf({ contributionId, contributorId, productId, epoch }: Contribution): Finding[] {
    const state = this.#seen.get(contributionId)?.state;
    if (state !== 'missing' && state !== 'other bytes') return [];
    const what = state === 'missing' ? 'does not have' : 'gives back other bytes for';
    return [
      {
        kind: 'container-damaged',
        subject: `member:${contributorId}/contribution:${contributionId}`,
        period: 'stored',
        sentence: `The gateway ${what} the container of ${contributorId}'s contribution to ${productId} for ${epoch}, which it said it had stored.`,
        concerns: [contributorId],
      },
    ];
  }
}

/** When a keyholder last refused a container of a cohort that has this contribution; 0 for never. */
function suspectedAt(contributionId: string, { queries }: LedgerPicture): number {
  const times = queries
    .filter(({ record }) => record.plan?.cohort.some((one) => one === contributionId) === true)
    .flatMap(({ attempts }) => attempts.flatMap(({ refusals }) => refusals))
    .filter(({ code }) => CONTAINER_CODE.test(code))
    .map(({ at }) => at);
  return Math.max(0, ...times);
}
