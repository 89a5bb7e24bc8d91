import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';
import { openNetwork } from './bring-up.js';
import { channelConfiguration, updateChannel, type OrganisationGroups } from './channel-update.js';
import { withLock } from './network-lock.js';
import { domainOf, peersOf, type PeerPlan } from './network-plan.js';
import type { LocalNetwork } from './peer-command.js';
import { isIssuedBy, revokeSerial, serialOf, type RevokingAuthority } from './revocation-list.js';
import type { StepLog } from './step-log.js';

/**
 * Revokes an enrolment certificate: its authority's revocation list goes into the channel's
 * configuration, signed by that organisation's administrator, and from that block on every peer and
 * orderer refuses what the certificate signs.
 * @param certificateFile - PEM
 * @throws {@link VeilsumError} INVALID_ARGUMENT when no organisation of the network issued it,
 * FABRIC_STEP_FAILED
 */
export async function revokeCertificate(
  root: string,
  certificateFile: string,
  log: StepLog,
): Promise<void> {
  const network = await openNetwork(root);
  const certificate = await readCertificate(certificateFile);
  await withLock(network.folder, () => log.step(() => revoke(network, certificate)));
}

async function revoke(network: LocalNetwork, certificate: string): Promise<string> {
  const { peer, authority } = await findIssuer(network, certificate);
  const { mspId } = peer.organisation;
  const serial = serialOf(certificate);
  const { channel_group } = await channelConfiguration(network);
  const lists = await revokeSerial(
    authority,
    serial,
    listsOf(channel_group.groups.Application.groups, mspId),
  );
  if (lists === undefined) return `Certificate ${serial} of ${mspId} was revoked already`;
  await updateChannel(network, [peer], (organisations) => {
    const organisation = organisations[mspId];
    if (organisation !== undefined)
      organisation.values.MSP.value.config.revocation_list = lists.map((list) =>
        Buffer.from(list).toString('base64'),
      );
  });
  return `Certificate ${serial} of ${mspId} revoked in the channel's configuration`;
}

const listsOf = (organisations: OrganisationGroups, mspId: string) =>
  (organisations[mspId]?.values.MSP.value.config.revocation_list ?? []).map((list) =>
    Uint8Array.from(Buffer.from(list, 'base64')),
  );

function readCertificate(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VeilsumError('INVALID_ARGUMENT', `The file ${file} cannot be read.`, { cause });
  });
}

async function findIssuer(
  network: LocalNetwork,
  certificate: string,
): Promise<{ peer: PeerPlan; authority: RevokingAuthority }> {
  for (const peer of peersOf(network.plan)) {
    const folder = join(network.folder.organisation(peer.organisation), 'ca');
    const file = join(folder, `ca.${domainOf(peer.organisation)}-cert.pem`);
    const root = await readFile(file, 'utf8');
    if (!(await isIssuedBy(certificate, root))) continue;
    const key = createPrivateKey(await readFile(join(folder, 'priv_sk')));
    const privateKey = new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
    return { peer, authority: { certificate: root, privateKey } };
  }
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    'No organisation of this network issued that certificate.',
  );
}
