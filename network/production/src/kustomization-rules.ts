import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Finding } from './finding.js';
import type { Manifest } from './manifest-files.js';

const generatorSchema = z.looseObject({
  files: z.array(z.string()).default([]),
  envs: z.array(z.string()).default([]),
});
const kustomizationSchema = z.looseObject({
  kind: z.enum(['Kustomization', 'Component']),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  configMapGenerator: z.array(generatorSchema).default([]),
  secretGenerator: z.array(z.unknown()).max(0, 'Secrets are made out of band.').optional(),
});

/** What a kustomization names has to be there: files, or folders with a kustomization of their own. */
export async function checkKustomizations(
  root: string,
  manifests: readonly Manifest[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { file, content } of manifests) {
    if (!file.endsWith('kustomization.yaml')) continue;
    const parsed = kustomizationSchema.safeParse(content);
    if (!parsed.success) {
      findings.push({
        file,
        problem: parsed.error.issues[0]?.message ?? 'It is no kustomization.',
      });
      continue;
    }
    for (const named of namedPaths(parsed.data)) {
      if (await isResource(join(root, dirname(file), named))) continue;
      findings.push({ file, problem: `It names ${named}, which is not there.` });
    }
  }
  return findings;
}

function namedPaths(kustomization: z.infer<typeof kustomizationSchema>): string[] {
  const { resources, components, configMapGenerator } = kustomization;
  const generated = configMapGenerator.flatMap(({ files, envs }) => [
    ...files.map((file) => file.split('=').at(-1) ?? file),
    ...envs,
  ]);
  return [...resources, ...components, ...generated];
}

async function isResource(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return false;
  return found.isDirectory() ? isResource(join(path, 'kustomization.yaml')) : true;
}
