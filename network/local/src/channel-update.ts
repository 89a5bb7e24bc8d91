import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import { z } from 'zod';
import { awaitHeight } from './chain-height.js';
import { CHANNEL, peersOf, type PeerPlan } from './network-plan.js';
import { asAdministrator, firstPeer, ordererOptions, type LocalNetwork } from './peer-command.js';
import { runProgram } from './program-run.js';
import { waitUntil } from './waiting.js';

const TIMEOUT_MS = 30_000;
/** `common.HeaderType.CONFIG_UPDATE` */
const CONFIG_UPDATE = 2;

const mspSchema = z.looseObject({
  value: z.looseObject({
    config: z.looseObject({
      root_certs: z.array(z.base64()),
      /** Certificate revocation lists, each base64 of PEM or DER. */
      revocation_list: z.array(z.base64()).nullish(),
    }),
  }),
});
const configSchema = z.looseObject({
  sequence: z.coerce.number(),
  channel_group: z.looseObject({
    groups: z.looseObject({
      Application: z.looseObject({
        groups: z.record(z.string(), z.looseObject({ values: z.looseObject({ MSP: mspSchema }) })),
      }),
    }),
  }),
});
const blockSchema = z.object({
  header: z.object({ number: z.coerce.number() }),
  data: z.object({
    data: z.tuple([z.object({ payload: z.object({ data: z.object({ config: configSchema }) }) })]),
  }),
});

/** A channel's configuration as configtxlator writes it; only what we touch is typed. */
export type ChannelConfiguration = z.infer<typeof configSchema>;
/** Member organisations of a channel by MSP id. */
export type OrganisationGroups =
  ChannelConfiguration['channel_group']['groups']['Application']['groups'];

/** @returns the channel's present configuration, from the orderers */
export async function channelConfiguration(network: LocalNetwork): Promise<ChannelConfiguration> {
  return inDraftFolder(network, (draft) => fetchConfiguration(network, draft));
}

/**
 * Changes the channel's configuration and waits until all peers follow it.
 * @param signers - peers of the organisations whose administrators sign; the rules say how many it takes
 * @param change - edits the member organisations in place
 * @throws {@link VeilsumError} FABRIC_STEP_FAILED
 */
export async function updateChannel(
  network: LocalNetwork,
  signers: readonly PeerPlan[],
  change: (organisations: OrganisationGroups) => void,
): Promise<void> {
  const sequence = await inDraftFolder(network, async (draft) => {
    const present = await fetchConfiguration(network, draft);
    const wanted = structuredClone(present);
    change(wanted.channel_group.groups.Application.groups);
    const envelope = await updateEnvelope(network, draft, { present, wanted });
    await submit(network, envelope, signers);
    return present.sequence + 1;
  });
  await awaitConfiguration(network, sequence);
}

async function inDraftFolder<T>(
  { folder }: LocalNetwork,
  run: (draft: string) => Promise<T>,
): Promise<T> {
  const draft = await mkdtemp(join(folder.channel, 'update-'));
  try {
    return await run(draft);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fetchConfiguration(
  network: LocalNetwork,
  draft: string,
): Promise<ChannelConfiguration> {
  const block = await fetchBlock(network, draft);
  const [envelope] = block.data.data;
  return envelope.payload.data.config;
}

async function fetchBlock(network: LocalNetwork, draft: string) {
  const block = join(draft, 'config.block');
  const source = ['--channelID', CHANNEL, ...ordererOptions(network)];
  await asAdministrator(network, firstPeer(network), [
    'channel',
    'fetch',
    'config',
    block,
    ...source,
  ]);
  const text = await translate(network, ['proto_decode', 'common.Block'], block);
  return blockSchema.parse(JSON.parse(text));
}

async function updateEnvelope(
  network: LocalNetwork,
  draft: string,
  { present, wanted }: { present: ChannelConfiguration; wanted: ChannelConfiguration },
): Promise<string> {
  const original = await encode(network, 'common.Config', join(draft, 'original'), present);
  const updated = await encode(network, 'common.Config', join(draft, 'updated'), wanted);
  const update = join(draft, 'update');
  await runProgram(network.programs.paths.configtxlator, [
    ...['compute_update', '--channel_id', CHANNEL],
    ...['--original', original, '--updated', updated, '--output', update],
  ]);
  const text = await translate(network, ['proto_decode', 'common.ConfigUpdate'], update);
  return encode(network, 'common.Envelope', join(draft, 'envelope'), {
    payload: {
      header: { channel_header: { channel_id: CHANNEL, type: CONFIG_UPDATE } },
      data: { config_update: JSON.parse(text) as unknown },
    },
  });
}

/** Every signer adds its signature to the file; the last one also sends it. */
async function submit(
  network: LocalNetwork,
  envelope: string,
  signers: readonly PeerPlan[],
): Promise<void> {
  const [sender, ...others] = signers;
  if (sender === undefined) throw new VeilsumError('INTERNAL', 'Nobody signs the update.');
  for (const peer of others)
    await asAdministrator(network, peer, ['channel', 'signconfigtx', '--file', envelope]);
  await asAdministrator(network, sender, [
    ...['channel', 'update', '--file', envelope, '--channelID', CHANNEL],
    ...ordererOptions(network),
  ]);
}

/** Orderers answer before the block exists, and peers read it later still. */
async function awaitConfiguration(network: LocalNetwork, sequence: number): Promise<void> {
  let number = 0;
  const isThere = async () => {
    const block = await inDraftFolder(network, (draft) => fetchBlock(network, draft));
    number = block.header.number;
    return block.data.data[0].payload.data.config.sequence >= sequence;
  };
  const ordered = await waitUntil(isThere, { timeoutMs: TIMEOUT_MS });
  if (!ordered)
    throw new VeilsumError('FABRIC_STEP_FAILED', 'The orderers took the update into no block.');
  await Promise.all(peersOf(network.plan).map((peer) => awaitHeight(peer, number + 1)));
}

async function encode(
  network: LocalNetwork,
  type: string,
  file: string,
  value: unknown,
): Promise<string> {
  await writeFile(`${file}.json`, JSON.stringify(value));
  await runProgram(network.programs.paths.configtxlator, [
    ...['proto_encode', '--type', type, '--input', `${file}.json`, '--output', file],
  ]);
  return file;
}

/** configtxlator opens its output by name, so that a pipe will not do. */
async function translate(
  { programs }: LocalNetwork,
  [command = '', type = '']: readonly string[],
  input: string,
): Promise<string> {
  const output = `${input}.json`;
  await runProgram(programs.paths.configtxlator, [
    ...[command, '--type', type, '--input', input, '--output', output],
  ]);
  return readFile(output, 'utf8');
}
