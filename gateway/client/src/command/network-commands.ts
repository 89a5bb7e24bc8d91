import type { Command } from 'commander';
import { VeilsumError } from '@veilsum/protocol';
import { runRetailDemo } from '../demo/retail-demo.js';
import { bringUp } from '../network/bring-up.js';
import { findNetwork } from '../network/founding.js';
import { localFabricProcesses, stopLocalFabric } from '../network/local-fabric.js';
import { defaultNetworkOptions, planNetwork, type PlannedFabric } from '../network/network-plan.js';
import { runningServices } from '../network/running-services.js';
import { stopProcess } from '../network/service-process.js';
import { isFabric } from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import { addCommand, type CommandOption } from './command.js';

interface UpOptions {
  readonly demo?: true;
  readonly exit?: true;
  readonly report?: string;
  readonly bits: string;
  readonly ledger?: 'embedded' | 'fabric';
  readonly consensus?: 'raft' | 'bft';
  readonly fabricPortBase?: string;
  readonly ledgerPort: string;
  readonly gatewayPort: string;
  readonly attemptSeconds: string;
}

const DEFAULTS = defaultNetworkOptions;

const upOptions: readonly CommandOption[] = [
  { flags: '--demo', meaning: 'run the retail example, then keep serving until Ctrl-C' },
  { flags: '--exit', meaning: 'with --demo: end when the example is done' },
  { flags: '--report <file>', meaning: 'with --demo: write what was shown as JSON' },
  {
    flags: '--bits <n>',
    meaning: 'length of a new committee key',
    default: String(DEFAULTS.modulusBits),
  },
  {
    flags: '--ledger <kind>',
    meaning: 'embedded, or fabric: a network of Hyperledger Fabric on this machine',
    choices: ['embedded', 'fabric'],
  },
  {
    flags: '--consensus <kind>',
    meaning: 'with a new Fabric network: raft, or bft, which also stands orderers that lie',
    choices: ['raft', 'bft'],
  },
  {
    flags: '--fabric-port-base <n>',
    meaning: 'with a new Fabric network: first of the ports that it takes',
  },
  {
    flags: '--ledger-port <n>',
    meaning: 'port of a new embedded ledger',
    default: String(DEFAULTS.ledgerPort),
  },
  {
    flags: '--gateway-port <n>',
    meaning: 'port of a new gateway',
    default: String(DEFAULTS.gatewayPort),
  },
  {
    flags: '--attempt-seconds <n>',
    meaning: 'longest round of blindings or shares, in a new network',
    default: String(DEFAULTS.attemptMs / 1000),
  },
];

/** Adds `veilsum up`, `down` and `status`. */
export function addNetworkCommands(program: Command): void {
  addCommand<UpOptions>(program, {
    usage: 'up',
    summary: 'start a network on this machine; the first time it is founded and its key is made',
    example: 'up',
    options: upOptions,
    run: async (context, options) => {
      const plan = planNetwork({
        modulusBits: wholeNumber(options.bits, '--bits', 512, 8192),
        ledgerPort: wholeNumber(options.ledgerPort, '--ledger-port', 1, 65_535),
        gatewayPort: wholeNumber(options.gatewayPort, '--gateway-port', 1, 65_535),
        attemptMs: wholeNumber(options.attemptSeconds, '--attempt-seconds', 1, 86_400) * 1000,
        disputeMs: DEFAULTS.disputeMs,
        fabric: await plannedFabric(context.state, options),
      });
      if (options.demo === true) {
        await runRetailDemo(context, plan, { exit: options.exit === true, report: options.report });
        return;
      }
      const { network, operator, services } = await bringUp(context.state, plan, {
        attached: false,
        say: (line) => {
          context.output.note(line);
        },
      });
      const fabric = await localFabricProcesses(context.state);
      await operator.close();
      const running = [...services, ...fabric];
      context.output.result({
        network,
        services: running.map(({ name, pid }) => ({ name, pid })),
      });
      context.output.line(
        `Running: ${running.map(({ name, pid }) => `${name} (${pid})`).join(', ')}. "veilsum down" stops them.`,
      );
    },
  });
  addDown(program);
  addStatus(program);
}

/** What is there already decides, unless the other ledger is asked for. */
async function plannedFabric(
  state: StateFolder,
  { ledger, consensus, fabricPortBase }: UpOptions,
): Promise<PlannedFabric | undefined> {
  const known = await findNetwork(state);
  const isWanted = ledger ?? (known !== undefined && isFabric(known) ? 'fabric' : 'embedded');
  if (isWanted === 'embedded') {
    const superfluous = consensus ?? fabricPortBase;
    if (superfluous === undefined) return undefined;
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      '--consensus and --fabric-port-base are for a Fabric network: add --ledger fabric.',
    );
  }
  const portBase =
    fabricPortBase === undefined
      ? undefined
      : wholeNumber(fabricPortBase, '--fabric-port-base', 1024, 65_000);
  return { consensus, portBase };
}

function addDown(program: Command): void {
  addCommand(program, {
    usage: 'down',
    summary: 'stop the services of the state folder; nothing is deleted',
    example: 'down',
    run: async (context) => {
      const services = await runningServices(context.state);
      const fabric = await localFabricProcesses(context.state);
      for (const { name, pid } of services.toReversed())
        await stopProcess(context.state, name, pid);
      if (fabric.length > 0) await stopLocalFabric(context.state);
      const running = [...fabric, ...services];
      context.output.result({ stopped: running });
      context.output.line(
        running.length === 0
          ? 'Nothing was running.'
          : `Stopped ${running.map(({ name }) => name).join(', ')}.`,
      );
    },
  });
}

function addStatus(program: Command): void {
  addCommand(program, {
    usage: 'status',
    summary: 'which services of the state folder are running',
    example: 'status',
    run: async ({ state, output }) => {
      const fabric = await localFabricProcesses(state);
      const running = [...fabric, ...(await runningServices(state))];
      output.result({ running });
      if (running.length === 0) output.line('Nothing is running.');
      else
        output.table(
          ['service', 'pid'],
          running.map(({ name, pid }) => [name, pid]),
        );
    },
  });
}

function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    `${option} is a whole number from ${least} to ${most}, not "${text}".`,
  );
}
