import { access, readFile } from 'node:fs/promises';
import { writePrivateFile } from '@veilsum/ledger';
import { genesisSchema, type Genesis } from '@veilsum/protocol';
import type { StateFolder } from '../session/state-folder.js';
import { generatePassphrase, openAuthority, openOrCreateIdentity } from './enrolment.js';
import type { NetworkPlan } from './network-plan.js';

/**
 * Makes the authorities and the operator's keys and, from them, the genesis of the ledger. What is
 * there already is kept, so an interrupted founding goes on.
 */
export async function foundGenesis(state: StateFolder, plan: NetworkPlan): Promise<Genesis> {
  const file = state.genesisFile;
  if (await exists(file)) return genesisSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const msps: Genesis['msps'] = [];
  let founderFingerprint = '';
  const { operator } = plan;
  for (const mspId of Object.keys(plan.consortium.mspRoles)) {
    const authority = await openAuthority(state, mspId);
    msps.push({
      mspId: mspId as Genesis['msps'][number]['mspId'],
      rootCertificates: [Buffer.from(authority.certificate).toString('base64')],
    });
    if (mspId !== operator.mspId) continue;
    const passphrase = await generatePassphrase(state, operator.memberId);
    const identity = await openOrCreateIdentity(state, authority, operator.memberId, passphrase);
    founderFingerprint = identity.fingerprint;
  }
  const genesis = genesisSchema.parse({
    format: 'veilsum-genesis/1',
    channel: plan.channel,
    createdAt: Date.now(),
    msps,
    founderFingerprint,
  });
  await writePrivateFile(file, Buffer.from(`${JSON.stringify(genesis, undefined, 2)}\n`));
  return genesis;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
