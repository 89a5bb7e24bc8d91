import { createPrivateKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePem, readProfile, type ExistingAuthority } from '@veilsum/ledger';
import type { StateFolder } from '../session/state-folder.js';

/**
 * Looks for an organisation's certificate authority in the Fabric network of this machine, which has
 * those of all its organisations.
 * @returns undefined where there is no such network, or it has no such organisation; its key is secret
 */
export async function findFabricAuthority(
  state: StateFolder,
  mspId: string,
): Promise<ExistingAuthority | undefined> {
  const profile = await readProfile(state.fabricProfileFile).catch(() => undefined);
  const organisation = profile?.organisations.find((known) => known.mspId === mspId);
  const domains = join(state.fabric, 'organisations', 'peerOrganizations');
  for (const domain of await readdir(domains).catch(() => [])) {
    const authority = await readAuthority(join(domains, domain, 'ca'));
    if (authority === undefined) continue;
    // Which of them is this organisation's, its root certificate says; folders are only named.
    const root = Buffer.from(authority.certificate).toString('base64');
    if (organisation?.rootCertificates.includes(root) === true) return { mspId, ...authority };
  }
  return undefined;
}

async function readAuthority(
  folder: string,
): Promise<Omit<ExistingAuthority, 'mspId'> | undefined> {
  const files = await readdir(folder).catch(() => []);
  const [certificateFile, keyFile] = [/-cert\.pem$/, /_sk$/].map((pattern) =>
    files.find((file) => pattern.test(file)),
  );
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  const key = createPrivateKey(await readFile(join(folder, keyFile)));
  return {
    certificate: decodePem(await readFile(join(folder, certificateFile), 'utf8')),
    privateKey: new Uint8Array(key.export({ format: 'der', type: 'pkcs8' })),
  };
}
