import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import {
  crashProcess,
  leadingOrderer,
  listProcesses,
  startProcess,
  type ProcessState,
} from '@veilsum/local-network';

import type { SeededRandom } from '../../crash/seeded-random.js';
import { killService, restartService } from '../../crash/service-crash.js';
import type { TestNetwork } from '../../e2e/test-network.js';
import type { SubmitLoad } from './submit-load.js';
import type { TcpRelay } from './tcp-relay.js';

/** What a fault strikes. */
export interface FaultScene {
  readonly network: TestNetwork;
  /** Of the organisation whose members are the load and follow events. */
  readonly mspId: string;
  readonly load: SubmitLoad;
  /** Between the follower of events and its peer. */
  readonly relay: TcpRelay;
  readonly random: SeededRandom;
}

/** A fault under way. */
export interface Struck {
  readonly target: string;
  /** When the target was gone, by `performance.now()`. */
  readonly struckMs: number;
  /** Waits as long as it is to last, then brings the target back. */
  readonly mend: () => Promise<void>;
}

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  /** Whether a question is asked just before, which the struck process has to do with. */
  readonly duringQuery?: true;
  readonly strike: (scene: FaultScene) => Promise<Struck>;
}

const AWAY_MS = { min: 300, span: 2000 };
/** A question of the test network is answered within a few seconds. */
const WITHIN_QUERY_MS = 3000;
/** The others agree on a new leader within ten seconds on an idle machine. */
const ELECTION_MS_MAX = 60_000;
const POLL_MS = 100;

/** All faults that a client of the network has to survive, in the order of issue and design (docs/fabric.md). */
export const faults: readonly Fault[] = [
  { name: 'raft-leader', strike: strikeLeader },
  { name: 'raft-follower', strike: strikeFollower },
  {
    name: 'own-peer',
    strike: (scene) =>
      strikeProcess(
        scene,
        isOf('peer', ({ organisation }) => organisation === scene.mspId),
      ),
  },
  {
    name: 'other-peer',
    strike: (scene) =>
      strikeProcess(
        scene,
        isOf('peer', ({ organisation }) => organisation !== scene.mspId),
      ),
  },
  {
    name: 'own-chaincode',
    strike: (scene) =>
      strikeProcess(
        scene,
        isOf('chaincode', ({ organisation }) => organisation === scene.mspId),
      ),
  },
  { name: 'gateway', duringQuery: true, strike: (scene) => strikeService(scene, ['gateway']) },
  {
    name: 'keyholder',
    duringQuery: true,
    strike: (scene) => strikeService(scene, scene.network.running.network.keyholders),
  },
  { name: 'event-stream', strike: (scene) => strikeStream(scene, 'cut') },
  { name: 'event-stream-stalled', strike: (scene) => strikeStream(scene, 'stall') },
];

type Choice = (process: ProcessState) => boolean;

function isOf(kind: ProcessState['kind'], more: Choice): Choice {
  return (process) => process.kind === kind && process.pid !== undefined && more(process);
}

/** It comes back only after the others have agreed on another one. */
async function strikeLeader({ network, load }: FaultScene): Promise<Struck> {
  const folder = network.state.fabric;
  const target = await leader(folder);
  await crashProcess(folder, target);
  const struckMs = performance.now();
  const mend = async () => {
    await load.succeededSince(struckMs, ELECTION_MS_MAX);
    await startProcess(folder, target);
  };
  return { target, struckMs, mend };
}

async function strikeFollower(scene: FaultScene): Promise<Struck> {
  const leading = await leader(scene.network.state.fabric);
  return strikeProcess(
    scene,
    isOf('orderer', ({ name }) => name !== leading),
  );
}

async function strikeProcess({ network, random }: FaultScene, isTarget: Choice): Promise<Struck> {
  const folder = network.state.fabric;
  const target = random.pick((await listProcesses(folder)).filter(isTarget)).name;
  const awayMs = awayTime(random);
  await crashProcess(folder, target);
  const struckMs = performance.now();
  const mend = async () => {
    await delay(awayMs);
    await startProcess(folder, target);
  };
  return { target, struckMs, mend };
}

async function strikeService(
  { network, random }: FaultScene,
  names: readonly string[],
): Promise<Struck> {
  const target = random.pick(names);
  const awayMs = awayTime(random);
  await delay(random.below(WITHIN_QUERY_MS));
  await killService(network, target);
  const struckMs = performance.now();
  const mend = async () => {
    await delay(awayMs);
    await restartService(network, target);
  };
  return { target, struckMs, mend };
}

/** Connections end, or stay open and carry nothing any more: both happen behind firewalls. */
function strikeStream({ relay, random }: FaultScene, how: 'cut' | 'stall'): Promise<Struck> {
  const awayMs = awayTime(random);
  relay[how]();
  const struckMs = performance.now();
  const mend = async () => {
    await delay(awayMs);
    relay.mend();
  };
  return Promise.resolve({ target: 'event stream', struckMs, mend });
}

function awayTime(random: SeededRandom): number {
  return AWAY_MS.min + random.below(AWAY_MS.span);
}

async function leader(folder: string): Promise<string> {
  const deadlineMs = performance.now() + ELECTION_MS_MAX;
  while (performance.now() < deadlineMs) {
    const name = await leadingOrderer(folder);
    if (name !== undefined) return name;
    await delay(POLL_MS);
  }
  throw new Error('No orderer leads.');
}
