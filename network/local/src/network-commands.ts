import { Option, type Command } from 'commander';
import { bringUp, upgrade } from './bring-up.js';
import { NetworkFolder } from './network-folder.js';
import type { Consensus, NetworkPlan } from './network-plan.js';
import { addOrganisation } from './organisation-joining.js';
import { revokeCertificate } from './certificate-revocation.js';
import { followLog } from './network-log.js';
import {
  chainHeights,
  deleteNetwork,
  leadingOrderer,
  listProcesses,
  takeDown,
} from './network-state.js';
import type { StepLog } from './step-log.js';
import { processTerminal, requireConfirmation, seconds } from './terminal.js';

const DEFAULT_FOLDER = '.veilsum/fabric';

interface FolderOptions {
  readonly folder: string;
  readonly json?: true;
}

interface UpOptions extends FolderOptions {
  readonly portBase?: number;
  readonly consensus?: Consensus;
}

/** Adds up, status, down, reset, logs and upgrade. */
export function addNetworkCommands(program: Command): void {
  folderCommand(program, 'up', 'make the network, or start and mend the one in the folder')
    .option('--port-base <number>', 'first of its ports on 127.0.0.1 (default: 17000)', Number)
    .addOption(
      new Option('--consensus <kind>', 'how orderers agree (default: raft)').choices([
        'raft',
        'bft',
      ]),
    )
    .action(up);
  folderCommand(program, 'status', 'say what runs').action(status);
  folderCommand(program, 'down', 'end its processes; everything stays on disk').action(down);
  folderCommand(program, 'reset', 'end it and delete its folder with keys and ledger')
    .option('--yes', 'do not ask')
    .action(reset);
  folderCommand(program, 'logs [name]', 'show the logs of one process or of all')
    .option('--lines <number>', 'how many lines of each', Number, 20)
    .option('--follow', 'go on as they grow')
    .action(followLog);
  addChangeCommands(program);
}

function addChangeCommands(program: Command): void {
  folderCommand(program, 'upgrade', 'put the chaincode server as built now into service').action(
    upgradeChaincode,
  );
  folderCommand(program, 'add-organisation', 'let another organisation join the running network')
    .requiredOption('--name <name>', 'e.g. logistics, whose MSP is then LogisticsMSP')
    .action(join);
  folderCommand(program, 'revoke', "revoke a member's enrolment certificate in the channel")
    .requiredOption('--certificate <file>', 'the certificate, PEM')
    .action(revoke);
}

/** @returns a command with the options that all of them have */
const folderCommand = (program: Command, name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--folder <path>', 'the folder of the network', DEFAULT_FOLDER)
    .option('--json', 'print one JSON object a line');

/** Runs a command that works in steps, then says how long all took. */
async function timed(
  options: FolderOptions,
  run: (log: StepLog) => Promise<string>,
): Promise<void> {
  const terminal = processTerminal(options.json ?? false);
  const log = terminal.stepLog();
  const started = performance.now();
  const done = await run(log);
  const ms = Math.round(performance.now() - started);
  terminal.result({ done, ms, steps: log.steps.length }, [`${done} (${seconds(ms)})`]);
}

const up = (options: UpOptions) =>
  timed(options, async (log) => {
    const plan = await bringUp(options.folder, options, log);
    return `The network runs: ${describe(plan)}`;
  });

const upgradeChaincode = (options: FolderOptions) =>
  timed(options, async (log) => {
    const plan = await upgrade(options.folder, log);
    return `The chaincode runs under definition ${plan.chaincode.committed}; let the operator run \`veilsum ledger migrate\` now`;
  });

const join = (options: FolderOptions & { readonly name: string }) =>
  timed(options, async (log) => {
    await addOrganisation(options.folder, options.name, log);
    return `The organisation ${options.name} is part of the network`;
  });

const revoke = (options: FolderOptions & { readonly certificate: string }) =>
  timed(options, async (log) => {
    await revokeCertificate(options.folder, options.certificate, log);
    return 'No peer accepts that certificate any more';
  });

const down = (options: FolderOptions) =>
  timed(options, async (log) => {
    await takeDown(options.folder, log);
    return 'The network is down; network:up starts it again';
  });

async function reset(options: FolderOptions & { readonly yes?: true }): Promise<void> {
  const { root } = new NetworkFolder(options.folder);
  await new NetworkFolder(options.folder).readPlan();
  if (options.yes !== true)
    await requireConfirmation(`This deletes ${root} with all its keys and its ledger.`, 'delete');
  await timed(options, async (log) => {
    await deleteNetwork(options.folder, log);
    return 'The network is gone';
  });
}

async function status(options: FolderOptions): Promise<void> {
  const terminal = processTerminal(options.json ?? false);
  const { folder } = options;
  const plan = await new NetworkFolder(folder).readPlan();
  const [processes, leader, heights] = await Promise.all([
    listProcesses(folder),
    leadingOrderer(folder),
    chainHeights(folder),
  ]);
  const running = processes.every(({ pid }) => pid !== undefined);
  if (!running) process.exitCode = 1;
  const rows = processes.map(({ name, organisation, pid }) => {
    const state = pid === undefined ? 'not running' : `pid ${pid}`;
    const more =
      name === leader ? ', leads' : name in heights ? `, ${heights[name] ?? 0} blocks` : '';
    return `${name.padEnd(30)} ${organisation.padEnd(16)} ${state}${more}`;
  });
  terminal.result(
    { running, consensus: plan.consensus, chaincode: plan.chaincode, leader, heights, processes },
    [...rows, describe(plan)],
  );
}

const describe = ({ consensus, organisations, portBase, chaincode }: NetworkPlan) =>
  `${consensus === 'bft' ? 'SmartBFT' : 'Raft'}, ${organisations.length} organisations, ports from ${portBase}, chaincode definition ${chaincode.committed === 0 ? chaincode.wanted : chaincode.committed}`;
