import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHANNEL_PROFILE, channelConfig, cryptoConfig } from './channel-config.js';
import { CHANNEL, orderersOf } from './network-plan.js';
import type { LocalNetwork } from './peer-command.js';
import { runProgram } from './program-run.js';

/** Makes keys and certificates of all organisations, once; all or nothing. */
export async function makeCertificates({
  plan,
  folder,
  programs,
}: LocalNetwork): Promise<string | undefined> {
  if (existsSync(folder.organisations)) return undefined;
  const config = join(folder.channel, 'crypto-config.yaml');
  await writeFile(config, cryptoConfig(plan), { mode: 0o600 });
  const draft = `${folder.organisations}.new`;
  await rm(draft, { recursive: true, force: true });
  await runProgram(programs.paths.cryptogen, [
    'generate',
    `--config=${config}`,
    `--output=${draft}`,
  ]);
  await rename(draft, folder.organisations);
  return `Keys and certificates made for ${plan.organisations.length} organisations and ${orderersOf(plan).length} orderers`;
}

/** Makes the channel's first block, once. */
export async function makeGenesisBlock({
  plan,
  folder,
  programs,
}: LocalNetwork): Promise<string | undefined> {
  if (existsSync(folder.genesisBlock)) return undefined;
  await writeFile(join(folder.channel, 'configtx.yaml'), channelConfig(plan, folder));
  const draft = `${folder.genesisBlock}.new`;
  await runProgram(programs.paths.configtxgen, [
    ...['-configPath', folder.channel, '-profile', CHANNEL_PROFILE],
    ...['-channelID', CHANNEL, '-outputBlock', draft],
  ]);
  await rename(draft, folder.genesisBlock);
  return `Genesis block of channel ${CHANNEL} made (${plan.consensus === 'bft' ? 'SmartBFT' : 'Raft'})`;
}
