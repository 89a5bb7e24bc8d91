import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCompose } from './compose-rules.js';
import type { Finding } from './finding.js';
import { checkImages } from './image-rules.js';
import { checkIsolation } from './isolation-rules.js';
import { checkKustomizations } from './kustomization-rules.js';
import { readManifests } from './manifest-files.js';
import { checkAlerts, checkDashboard } from './metric-rules.js';
import { checkWorkloads } from './workload-rules.js';

const DASHBOARD = 'kubernetes/base/grafana/veilsum.json';

/**
 * Everything that can be checked without a program of somebody else.
 *
 * @param root - the folder network/production
 * @returns what is not as it has to be; empty when all is well
 */
export async function validateManifests(root: string): Promise<Finding[]> {
  const kubernetes = await readManifests(root, 'kubernetes');
  const compose = await readManifests(root, 'compose');
  const composeFile = compose.manifests.filter(({ content }) => 'services' in content);
  return [
    ...kubernetes.findings,
    ...compose.findings,
    ...(await checkKustomizations(root, kubernetes.manifests)),
    ...checkWorkloads(kubernetes.manifests),
    ...checkIsolation(kubernetes.manifests),
    ...checkAlerts(kubernetes.manifests),
    ...checkDashboard(DASHBOARD, await readFile(join(root, DASHBOARD), 'utf8')),
    ...(await Promise.all(composeFile.map((manifest) => checkCompose(root, manifest)))).flat(),
    ...(await checkImages(root)),
  ];
}
