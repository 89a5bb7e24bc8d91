import { performance } from 'node:perf_hooks';

import { isFabric, receiveResult, submitQuestion } from '@veilsum/client';
import { connectLedger, type FabricConnection, type FabricProfile } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';

import { insist } from '../../crash/network-load.js';
import { SeededRandom } from '../../crash/seeded-random.js';
import { TestNetwork, testQuestion } from '../../e2e/test-network.js';
import { EventFollower } from './event-follower.js';
import type { Fault, FaultScene } from './fault.js';
import { LoadMember, memberHabits } from './load-member.js';
import { SubmitLoad } from './submit-load.js';
import { TcpRelay } from './tcp-relay.js';

/** What one fault did; all times in milliseconds. */
export interface FaultRecord {
  readonly fault: string;
  readonly round: number;
  readonly target: string;
  /** From the fault until the target was back and ready. */
  readonly awayMs: number;
  /** The longest time without an acknowledged submit since the fault. */
  readonly submitGapMs: number;
  /** The longest time without an event since the fault. */
  readonly eventGapMs: number;
  /** Submits that were told to try again, and those among them whose outcome was unknown. */
  readonly interruptions: number;
  readonly unknown: number;
  /** From the fault until the query that was under way ended. */
  readonly queryMs?: number;
}

/** What became of a query that was under way. */
export interface FaultQuery {
  readonly queryId: string;
  /** Undefined when it ended without a result, as it may. */
  readonly values: readonly number[] | undefined;
  readonly cheaters: readonly string[];
}

/** Merchants that contribute, and those after them that are the load. */
const CONTRIBUTORS = 3;
const MSP_ID = 'MerchantsMSP';
const ATTEMPT_MS = 20_000;
const MONEY = '1000000000';
const USES_MAX = 1_000_000;
/** Long enough for a loaded machine; what takes longer on it is broken. */
const RECOVERY_MS_MAX = 180_000;
const ANSWER_MS_MAX = 120_000;

/** All that takes part in a run. */
interface FaultStage {
  readonly network: TestNetwork;
  readonly members: readonly LoadMember[];
  readonly load: SubmitLoad;
  readonly relay: TcpRelay;
  readonly follower: EventFollower;
}

/** A Fabric network under load in which one thing after another fails. */
export class FaultRun {
  readonly records: FaultRecord[] = [];
  readonly queries: FaultQuery[] = [];
  readonly network: TestNetwork;
  readonly load: SubmitLoad;
  readonly follower: EventFollower;
  readonly #stage: FaultStage;
  readonly #scene: FaultScene;

  private constructor(stage: FaultStage, seed: number) {
    const { network, load, follower } = stage;
    this.network = network;
    this.load = load;
    this.follower = follower;
    this.#stage = stage;
    this.#scene = { ...stage, mspId: MSP_ID, random: new SeededRandom(seed) };
  }

  /** Starts a network with a cohort of three, an analyst with money, a follower of events and the load. */
  static async start(seed: number): Promise<FaultRun> {
    const merchants = CONTRIBUTORS + memberHabits.length;
    const network = await TestNetwork.start({
      merchants,
      attemptMs: ATTEMPT_MS,
      ledger: 'fabric',
    });
    await network.deposit('analyst', MONEY);
    for (let i = 1; i <= CONTRIBUTORS; i += 1) {
      const memberId = `merchant-${i}`;
      const consentId = await network.consent(memberId, { maxUses: USES_MAX });
      await network.contribute(memberId, consentId, { base: BigInt(i) });
    }
    const relay = await TcpRelay.open(peerPort(profileOf(network)));
    const follower = new EventFollower(
      await connectLedger(await connectionOf(network, 'merchant-1', relay.port)),
    );
    const members = await Promise.all(
      memberHabits.map(async (habit, index) => {
        const memberId = `merchant-${CONTRIBUTORS + 1 + index}`;
        return LoadMember.connect(memberId, habit, await connectionOf(network, memberId));
      }),
    );
    const load = new SubmitLoad(members);
    return new FaultRun({ network, members, load, relay, follower }, seed);
  }

  /** Goes through all faults so many times, each when the network has recovered from the one before. */
  async run(faults: readonly Fault[], rounds: number): Promise<void> {
    for (const fault of faults) {
      for (let round = 1; round <= rounds; round += 1) {
        const record = await this.#inflict(fault, round);
        this.records.push(record);
        console.log(JSON.stringify(record));
      }
    }
    await this.load.stop();
    // What was left open is settled by the next start of whoever left it.
    for (const member of this.#stage.members) await member.restart();
  }

  /** Every transaction whose outcome is open to the load. */
  async openTransactions(): Promise<string[]> {
    return (
      await Promise.all(this.#stage.members.map((member) => member.openTransactions()))
    ).flat();
  }

  /** Ends everything, also what a failure before has left. @throws what kept something from ending */
  async close(): Promise<void> {
    const { members, relay, network } = this.#stage;
    this.load.abandon();
    const closed = await Promise.allSettled([
      ...members.map((member) => member.close()),
      this.load.stop(),
      this.follower.stop(),
    ]);
    await network.close();
    await relay.close();
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #inflict(fault: Fault, round: number): Promise<FaultRecord> {
    const { load, follower } = this;
    await load.succeededSince(performance.now(), RECOVERY_MS_MAX);
    const [interruptions, unknown] = [load.interruptions, load.unknown.length];
    const asked = fault.duringQuery === undefined ? undefined : await this.#ask();
    const { target, struckMs, mend } = await fault.strike(this.#scene);
    await mend();
    const mendedMs = performance.now();
    const transactionId = await load.succeededSince(mendedMs, RECOVERY_MS_MAX);
    await follower.sawTransaction(transactionId, RECOVERY_MS_MAX);
    const untilMs = performance.now();
    const record = {
      fault: fault.name,
      round,
      target,
      awayMs: Math.round(mendedMs - struckMs),
      submitGapMs: load.longestGapMs(struckMs, untilMs),
      eventGapMs: follower.longestGapMs(struckMs, untilMs),
    };
    if (asked !== undefined) await this.#receive(asked);
    const queryMs = Math.round(performance.now() - struckMs);
    await this.#restartForgetful();
    return {
      ...record,
      interruptions: load.interruptions - interruptions,
      unknown: load.unknown.length - unknown,
      ...(asked === undefined ? {} : { queryMs }),
    };
  }

  /** Whoever leaves unknown outcomes to the next start is started again, under load. */
  async #restartForgetful(): Promise<void> {
    for (const member of this.#stage.members) if (!member.asksAgain) await member.restart();
  }

  async #ask(): Promise<string> {
    const analyst = await this.network.session('analyst');
    const { queryId, status } = await submitQuestion(analyst, testQuestion);
    if (status === 'refused') throw new Error(`Query ${queryId} was refused.`);
    return queryId;
  }

  /** A query that ran out of time has no result; that its price was refunded is looked at in the end. */
  async #receive(queryId: string): Promise<void> {
    const analyst = await this.network.session('analyst');
    try {
      const { result, cheaters } = await insist(
        () => receiveResult(analyst, queryId, { timeoutMs: ANSWER_MS_MAX }),
        () => undefined,
      );
      const values = result.rows.map(({ value }) => value);
      this.queries.push({ queryId, values, cheaters });
    } catch (error) {
      if (!(error instanceof VeilsumError) || error.code !== 'DEADLINE_PASSED') throw error;
      this.queries.push({ queryId, values: undefined, cheaters: [] });
    }
  }
}

function profileOf({ running }: TestNetwork): FabricProfile {
  if (!isFabric(running.network)) throw new Error('The faults are those of a Fabric network.');
  return running.network.profile;
}

/** What a member's own program connects with, beside the session that the test has of it. */
async function connectionOf(
  network: TestNetwork,
  memberId: string,
  port?: number,
): Promise<FabricConnection> {
  const profile = profileOf(network);
  const { identity, state } = await network.session(memberId);
  return {
    kind: 'fabric',
    profile: port === undefined ? profile : throughRelay(profile, port),
    signer: identity.signer,
    journalFolder: `${state.journal(memberId)}-program`,
  };
}

/** The profile with the way to the merchants' peer led through a relay. */
function throughRelay(profile: FabricProfile, port: number): FabricProfile {
  const organisations = profile.organisations.map((organisation) => ({
    ...organisation,
    peers: organisation.peers.map((peer) =>
      organisation.mspId === MSP_ID ? { ...peer, address: `127.0.0.1:${port}` } : peer,
    ),
  }));
  return { ...profile, organisations };
}

function peerPort({ organisations }: FabricProfile): number {
  const peer = organisations.find(({ mspId }) => mspId === MSP_ID)?.peers[0];
  return Number(peer?.address.split(':')[1]);
}
