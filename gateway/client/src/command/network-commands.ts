import type { Command } from 'commander';
import { VeilsumError } from '@veilsum/protocol';
import { runRetailDemo } from '../demo/retail-demo.js';
import { bringUp } from '../network/bring-up.js';
import { defaultNetworkOptions, planNetwork } from '../network/network-plan.js';
import { runningServices } from '../network/running-services.js';
import { stopProcess } from '../network/service-process.js';
import { addCommand } from './command.js';

interface UpOptions {
  readonly demo?: true;
  readonly exit?: true;
  readonly report?: string;
  readonly bits: string;
  readonly ledgerPort: string;
  readonly gatewayPort: string;
  readonly attemptSeconds: string;
}

const DEFAULTS = defaultNetworkOptions;

/** Adds `veilsum up`, `down` and `status`. */
export function addNetworkCommands(program: Command): void {
  addCommand<UpOptions>(program, {
    usage: 'up',
    summary: 'start a network on this machine; the first time it is founded and its key is made',
    example: 'up',
    options: [
      { flags: '--demo', meaning: 'run the retail example, then keep serving until Ctrl-C' },
      { flags: '--exit', meaning: 'with --demo: end when the example is done' },
      { flags: '--report <file>', meaning: 'with --demo: write what was shown as JSON' },
      {
        flags: '--bits <n>',
        meaning: 'length of a new committee key',
        default: String(DEFAULTS.modulusBits),
      },
      {
        flags: '--ledger-port <n>',
        meaning: 'port of a new ledger',
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
    ],
    run: async (context, options) => {
      const plan = planNetwork({
        modulusBits: wholeNumber(options.bits, '--bits', 512, 8192),
        ledgerPort: wholeNumber(options.ledgerPort, '--ledger-port', 1, 65_535),
        gatewayPort: wholeNumber(options.gatewayPort, '--gateway-port', 1, 65_535),
        attemptMs: wholeNumber(options.attemptSeconds, '--attempt-seconds', 1, 86_400) * 1000,
        disputeMs: DEFAULTS.disputeMs,
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
      await operator.close();
      context.output.result({
        network,
        services: services.map(({ name, pid }) => ({ name, pid })),
      });
      context.output.line(
        `Running: ${services.map(({ name, pid }) => `${name} (${pid})`).join(', ')}. "veilsum down" stops them.`,
      );
    },
  });
  addDown(program);
  addStatus(program);
}

function addDown(program: Command): void {
  addCommand(program, {
    usage: 'down',
    summary: 'stop the services of the state folder; nothing is deleted',
    example: 'down',
    run: async (context) => {
      const running = await runningServices(context.state);
      for (const { name, pid } of running.toReversed()) await stopProcess(context.state, name, pid);
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
    run: async (context) => {
      const running = await runningServices(context.state);
      context.output.result({ running });
      if (running.length === 0) context.output.line('Nothing is running.');
      else
        context.output.table(
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
