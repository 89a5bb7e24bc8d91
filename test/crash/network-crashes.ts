import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { TestNetwork } from '../e2e/test-network.js';
import {
  AskerCrash,
  clientCrashTimes,
  ContributorCrash,
  type ClientCrashTimes,
  type ContributionCrash,
  type ContributionSource,
  type QuestionCrash,
} from './client-crash.js';
import { epochOf, NetworkLoad } from './network-load.js';
import { SeededRandom } from './seeded-random.js';
import { crashService, type CrashTimes } from './service-crash.js';

const MERCHANTS = 4;
const ATTEMPT_MS = 10_000;
const MONEY = '1000000000';
const USES_MAX = 1_000_000;
const WITHIN_MS = 1500;
const AWAY_MS = 500;
const KEYHOLDERS = ['keyholder-1', 'keyholder-2', 'keyholder-3'];

/** All that happens in one round, drawn before it begins. */
interface RoundPlan {
  readonly services: ReadonlyMap<string, CrashTimes>;
  readonly contributor: ClientCrashTimes;
  readonly asker: ClientCrashTimes;
}

/** A network under load whose processes are killed, round after round. */
export class NetworkCrashes {
  readonly contributions: ContributionCrash[] = [];
  readonly questions: QuestionCrash[] = [];
  /** How long each round took. */
  readonly roundsMs: number[] = [];
  readonly #random: SeededRandom;

  private constructor(
    readonly network: TestNetwork,
    readonly load: NetworkLoad,
    private readonly source: ContributionSource,
    seed: number,
  ) {
    this.#random = new SeededRandom(seed);
  }

  /** Starts a network with a cohort of three, an asker, and members at work. */
  static async start(seed: number): Promise<NetworkCrashes> {
    const network = await TestNetwork.start({ merchants: MERCHANTS, attemptMs: ATTEMPT_MS });
    await network.enrol('asker', 'PlatformMSP', 'analyst');
    for (const analyst of ['asker', 'analyst']) await network.deposit(analyst, MONEY);
    const consents = new Map<string, string>();
    for (let i = 1; i <= MERCHANTS; i += 1) {
      const memberId = `merchant-${i}`;
      const consentId = await network.consent(memberId, { maxUses: USES_MAX });
      consents.set(memberId, consentId);
      if (i < MERCHANTS) await network.contribute(memberId, consentId, { base: BigInt(i) });
    }
    const source = await contributionSource(network, consents.get('merchant-4') ?? '');
    return new NetworkCrashes(network, new NetworkLoad(network, consents), source, seed);
  }

  /** Kills everything once in each round, and waits until what was begun has ended. */
  async run(rounds: number): Promise<void> {
    const usualMs = await this.#contributeInPeace();
    for (let round = 1; round <= rounds; round += 1) {
      const start = performance.now();
      await this.#round(epochOf(round), this.#plan(round, usualMs));
      this.roundsMs.push(Math.round(performance.now() - start));
    }
    await this.load.stop();
  }

  /** @returns how long the command line takes when nothing dies */
  async #contributeInPeace(): Promise<number> {
    const start = performance.now();
    const { status, notes } = await new ContributorCrash(
      this.network,
      this.source,
      epochOf(0),
    ).run().outcome;
    if (status !== 0) throw new Error(`Nothing was killed, and the client failed. ${notes}`);
    return performance.now() - start;
  }

  #plan(round: number, usualMs: number): RoundPlan {
    const random = this.#random;
    const names = ['ledger', 'gateway', random.pick(KEYHOLDERS)];
    return {
      services: new Map(
        names.map((name) => [
          name,
          { afterMs: random.below(WITHIN_MS), awayMs: random.below(AWAY_MS) },
        ]),
      ),
      contributor: clientCrashTimes(random, round, usualMs),
      asker: clientCrashTimes(random, round, usualMs),
    };
  }

  async #round(epoch: string, { services, contributor, asker }: RoundPlan): Promise<void> {
    const [finishContribution, finishQuestion] = await Promise.all([
      new ContributorCrash(this.network, this.source, epoch).crash(contributor),
      new AskerCrash(this.network, 'asker', (queryId) => this.load.receive('asker', queryId)).crash(
        asker,
      ),
      ...[...services].map(([name, times]) => crashService(this.network, name, times)),
    ]);
    const [contribution, question] = await Promise.all([finishContribution(), finishQuestion()]);
    this.contributions.push(contribution);
    this.questions.push(question);
  }
}

async function contributionSource(
  network: TestNetwork,
  consentId: string,
): Promise<ContributionSource> {
  const file = join(network.state.root, 'sales.csv');
  const mapping = join(network.state.root, 'mapping.json');
  await writeFile(file, 'customer,week,dept,amount\nc1,1,food,0.99\nc2,2,toys,0.25\n');
  await writeFile(
    mapping,
    JSON.stringify({
      format: 'veilsum-mapping/1',
      dimensions: { group: 'dept' },
      lane: 'week',
      unit: 'customer',
      measures: { sales: { value: 'amount', scale: 2 } },
    }),
  );
  return { memberId: 'merchant-4', consentId, file, mapping };
}
