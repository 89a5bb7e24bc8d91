import { randomBytes } from 'node:crypto';

import type { Ledger } from '@veilsum/ledger';
import { fabricPrograms } from '@veilsum/local-network';

import { AdapterNetwork, transfer } from '../fabric/adapter-network.js';
import { connectBareClient, type BareClient } from './bare-client.js';
import { openEmbeddedSide } from './embedded-side.js';
import { reportText } from './figure-table.js';
import { joinLoads, measureLoad, percentileMs, perSecond, type Load } from './ledger-load.js';
import { plainFigure, ratioFigure, type Figure } from './measurement.js';
import { queryFigures } from './query-figures.js';

const CLIENTS = [1, 16, 64];
const ROUNDS = 3;
/** Calls of one round by client count; enough for a p99 over all rounds. */
const SUBMITS: Readonly<Record<number, number>> = { 1: 12, 16: 96, 64: 192 };
const EVALUATES: Readonly<Record<number, number>> = { 1: 100, 16: 600, 64: 1200 };
const RIVALS = 64;
/** The adapter's own work: journal on disk, look-ups, classification. */
const OVERHEAD_MAX = 1.15;

type Kind = 'submit' | 'evaluate';
type Caller = Pick<BareClient, Kind>;

const whoami = { contract: 'member', transaction: 'whoami', argument: {} };

function callOf(caller: Caller, kind: Kind): () => Promise<unknown> {
  return kind === 'submit' ? () => caller.submit(transfer()) : () => caller.evaluate(whoami);
}

function figuresOf(name: string, kind: Kind, clients: number, load: Load): Figure[] {
  const title = `${name} ${kind}, ${clients} ${clients === 1 ? 'client' : 'clients'}`;
  const percentiles = [0.5, 0.95, 0.99].map((share) =>
    plainFigure({ figure: `${title}, p${share * 100}`, unit: 'ms' }, percentileMs(load, share), {}),
  );
  return [...percentiles, plainFigure({ figure: title, unit: '/s' }, perSecond(load), {})];
}

/** Callers take turns, round by round, so that what else the machine does touches all alike. */
async function measureTurns(
  callers: readonly Caller[],
  kind: Kind,
  clients: number,
): Promise<Load[]> {
  const calls = (kind === 'submit' ? SUBMITS : EVALUATES)[clients] ?? clients;
  const loads: Load[][] = callers.map(() => []);
  for (const caller of callers)
    await measureLoad(callOf(caller, kind), { clients, calls: clients });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, caller] of callers.entries()) {
      loads[index]?.push(await measureLoad(callOf(caller, kind), { clients, calls }));
    }
  }
  return loads.map(joinLoads);
}

/** Many change the same key at once; none of them may see that. */
async function rivalFigures(name: string, ledger: Ledger): Promise<Figure[]> {
  const rival = () =>
    ledger.submit({
      contract: 'member',
      transaction: 'addCertificate',
      argument: { memberId: 'operator', fingerprint: randomBytes(32).toString('hex') },
    });
  const startMs = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: RIVALS }, rival));
  const elapsedMs = performance.now() - startMs;
  const conflicts = outcomes.filter(({ status }) => status === 'rejected').length;
  const title = `${name}, ${RIVALS} at once change one key`;
  return [
    plainFigure({ figure: `${title}, conflicts shown`, unit: '' }, conflicts, { atMost: 0 }),
    plainFigure({ figure: `${title}, all done`, unit: 's' }, elapsedMs / 1000, {}),
  ];
}

async function embeddedFigures(): Promise<Figure[]> {
  const { ledger, close } = await openEmbeddedSide();
  try {
    const figures: Figure[] = [];
    for (const kind of ['submit', 'evaluate'] as const) {
      for (const clients of CLIENTS) {
        process.stderr.write(`embedded ${kind}, ${clients}\n`);
        const [load] = await measureTurns([ledger], kind, clients);
        if (load !== undefined) figures.push(...figuresOf('embedded', kind, clients, load));
      }
    }
    return [...figures, ...(await rivalFigures('embedded', ledger))];
  } finally {
    await close();
  }
}

async function fabricFigures(): Promise<Figure[]> {
  process.stderr.write('starting a Fabric network\n');
  const network = await AdapterNetwork.start();
  const bare = connectBareClient(network.profile, network.operator);
  try {
    const ledger = await network.connect();
    const figures: Figure[] = [];
    for (const kind of ['submit', 'evaluate'] as const) {
      for (const clients of CLIENTS) {
        process.stderr.write(`Fabric ${kind}, ${clients}\n`);
        const [own, reference] = await measureTurns([ledger, bare], kind, clients);
        if (own === undefined || reference === undefined) continue;
        figures.push(...figuresOf('Fabric', kind, clients, own));
        figures.push(overheadFigure(kind, clients, { own, reference }));
      }
    }
    return [...figures, ...(await rivalFigures('Fabric', ledger))];
  } finally {
    bare.close();
    await network.stop();
  }
}

function overheadFigure(
  kind: Kind,
  clients: number,
  { own, reference }: { readonly own: Load; readonly reference: Load },
): Figure {
  return ratioFigure(
    {
      figure: `Fabric ${kind} through the adapter, ${clients} at once, p50`,
      reference: 'bare client library',
    },
    { workMs: percentileMs(own, 0.5), referenceMs: percentileMs(reference, 0.5) },
    { atMost: OVERHEAD_MAX },
  );
}

/**
 * `npm run bench:ledger [-- --json]`: both ledgers at the port, under the same contracts, in one run;
 * progress to standard error, figures to standard output. It ends with status 1 when a reach is missed.
 */
async function main(options: readonly string[]): Promise<void> {
  const figures = [...(await embeddedFigures()), ...(await queryFigures('embedded'))];
  const programs = await fabricPrograms();
  if (programs.found === undefined) {
    process.stderr.write(`Only the embedded ledger was measured. ${programs.missing}\n`);
  } else {
    figures.push(...(await fabricFigures()));
    process.stderr.write('Fabric queries\n');
    figures.push(...(await queryFigures('fabric')));
  }
  process.stdout.write(reportText(figures, options.includes('--json')));
  if (figures.some(({ reached }) => !reached)) process.exitCode = 1;
}

await main(process.argv.slice(2));
