import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayConfigSchema } from '@veilsum/server';
import { checkCompose } from './compose-rules.js';
import { imageFault } from './image-name.js';
import { checkIsolation } from './isolation-rules.js';
import { checkKustomizations } from './kustomization-rules.js';
import { readManifests, type Manifest } from './manifest-files.js';
import { checkAlerts, checkDashboard, knownSeries, seriesOf } from './metric-rules.js';
import { validateManifests } from './validation.js';
import { checkWorkloads } from './workload-rules.js';

const root = fileURLToPath(new URL('..', import.meta.url));

type Json = Record<string, unknown>;

/** A deep copy of a manifest with one value changed; undefined takes it out. */
function changed(manifest: Manifest, path: readonly (string | number)[], value: unknown): Manifest {
  const content = structuredClone(manifest.content) as Json;
  const inner = path.slice(0, -1).reduce<Json>((found, key) => found[key] as Json, content);
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(inner, last);
  else inner[last] = value;
  return { ...manifest, content };
}

let manifests: Manifest[];
let gateway: Manifest;
let keyholder: Manifest;

beforeAll(async () => {
  ({ manifests } = await readManifests(root, 'kubernetes'));
  const workload = (component: string) =>
    manifests.find(
      ({ file, content }) =>
        file.includes(`base/${component}/`) && content['kind'] === 'StatefulSet',
    );
  gateway = workload('gateway') ?? never();
  keyholder = workload('keyholder') ?? never();
});

const never = (): never => {
  throw new Error('no such manifest');
};

test('the manifests, the compose file and the Dockerfiles are as they have to be', async () => {
  expect(manifests.length).toBeGreaterThan(50);
  expect(await validateManifests(root)).toEqual([]);
});

const container = ['spec', 'template', 'spec', 'containers', 0];
const podSecurity = ['spec', 'template', 'spec', 'securityContext'];

test.each([
  ['is not pinned', [...container, 'image'], 'veilsum/gateway'],
  ['tag moves', [...container, 'image'], 'veilsum/gateway:latest'],
  ['has no startupProbe', [...container, 'startupProbe'], undefined],
  ['has no livenessProbe', [...container, 'livenessProbe'], undefined],
  ['has no readinessProbe', [...container, 'readinessProbe'], undefined],
  ['requests no memory', [...container, 'resources', 'requests'], { cpu: '1' }],
  ['has no limit of memory', [...container, 'resources', 'limits'], undefined],
  ['may write its root', [...container, 'securityContext', 'readOnlyRootFilesystem'], false],
  ['may gain privileges', [...container, 'securityContext', 'allowPrivilegeEscalation'], undefined],
  ['keeps capabilities', [...container, 'securityContext', 'capabilities'], { drop: ['CHOWN'] }],
  ['may run as root', [...podSecurity, 'runAsNonRoot'], false],
  ['has no seccomp profile', [...podSecurity, 'seccompProfile'], undefined],
  ['gets a token', ['spec', 'template', 'spec', 'automountServiceAccountToken'], true],
])('a pod whose container %s is found', (words, path, value) => {
  expect(checkWorkloads([gateway])).toEqual([]);
  const [finding] = checkWorkloads([changed(gateway, path, value)]);
  expect(finding?.problem).toContain(words);
});

test('a program that no policy selects is found', () => {
  const labels = ['spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/component'];
  const others = manifests.filter((manifest) => manifest !== gateway);
  const findings = checkIsolation([...others, changed(gateway, labels, 'other')]);
  expect(findings.map(({ problem }) => problem)).toEqual([
    'gateway: no NetworkPolicy selects its pods.',
  ]);
});

test('a way in to a keyholder, a Secret in a file and a missing default are found', () => {
  const policy = manifests.find(
    ({ file, content }) => file.includes('base/keyholder') && content['kind'] === 'NetworkPolicy',
  );
  const open = changed(policy ?? never(), ['spec', 'ingress'], [{}]);
  const secret = {
    file: 'secret.yaml',
    content: { kind: 'Secret', stringData: { password: 'x' } },
  };
  const problems = checkIsolation([keyholder, open, secret]).map(({ problem }) => problem);
  expect(problems).toEqual([
    'keyholder: something may reach a keyholder.',
    'A Secret stands in a file; it has to be made out of band.',
    'No policy denies by default.',
  ]);
});

test('a kustomization that names nothing, or makes secrets, is found', async () => {
  const file = 'kubernetes/base/gateway/kustomization.yaml';
  const sound = manifests.find((manifest) => manifest.file === file) ?? never();
  const lost = changed(sound, ['resources', 0], 'lost.yaml');
  const secret = changed(sound, ['secretGenerator'], [{ name: 'x', literals: ['a=b'] }]);
  expect(await checkKustomizations(root, [sound])).toEqual([]);
  expect(await checkKustomizations(root, [lost, secret])).toEqual([
    { file, problem: 'It names lost.yaml, which is not there.' },
    { file, problem: 'Secrets are made out of band.' },
  ]);
});

test('a service of the compose file that is not hardened, or names nothing, is found', async () => {
  const { manifests: files } = await readManifests(root, 'compose');
  const compose = files.find(({ content }) => 'services' in content) ?? never();
  const at = (key: string, value: unknown) => changed(compose, ['services', 'gateway', key], value);
  expect(await checkCompose(root, compose)).toEqual([]);
  for (const [key, value, words] of [
    ['image', 'veilsum/gateway:latest', 'tag moves'],
    ['user', '0:0', 'root'],
    ['read_only', undefined, 'may write its root'],
    ['cap_drop', [], 'capabilities'],
    ['mem_limit', undefined, 'limit of memory'],
    ['healthcheck', undefined, 'health check'],
    ['volumes', ['./lost.json:/x:ro'], 'lost.json'],
    ['env_file', ['lost.env'], 'lost.env'],
  ] as const) {
    const [finding] = await checkCompose(root, at(key, value));
    expect(finding?.problem).toContain(words);
  }
});

test('a dashboard or an alert that asks for a metric which nothing has is found', async () => {
  const file = 'kubernetes/base/grafana/veilsum.json';
  const text = await readFile(join(root, file), 'utf8');
  const mistaken = text.replace('veilsum_gateway_open_queries', 'veilsum_gateway_opened_queries');
  expect(checkDashboard(file, text)).toEqual([]);
  expect(checkDashboard(file, mistaken)).toHaveLength(1);
  const rules = { groups: [{ rules: [{ alert: 'A', expr: 'sum(rate(made_up_total[5m])) > 1' }] }] };
  expect(checkAlerts([{ file: 'alerts.yaml', content: rules }])).toHaveLength(1);
});

test('the series of an expression are told from its functions, labels and words', () => {
  const expr =
    'max by (channel) (ledger_blockchain_height{job="up"}) - on (channel) group_right () rate(x:y_total[5m] offset 1h) > 20';
  expect(seriesOf(expr)).toEqual(['ledger_blockchain_height', 'x:y_total']);
  expect(knownSeries().has('veilsum_gateway_request_seconds_bucket')).toBe(true);
  expect(knownSeries().has('veilsum_gateway_nodejs_eventloop_lag_p99_seconds')).toBe(true);
});

test('an image is pinned by a tag that stays or by a digest', () => {
  for (const image of [
    'a/b:1.2.3',
    'registry.example:5000/a/b:1.2',
    `a@sha256:${'0'.repeat(64)}`,
  ]) {
    expect(imageFault(image)).toBeUndefined();
  }
  for (const image of ['a/b', 'a/b:latest', 'a/b:20', 'registry.example:5000/a/b', 'a@sha256:00']) {
    expect(imageFault(image)).toContain(image);
  }
});

test('the gateway of the manifests starts from a configuration that it accepts', async () => {
  const file = join(root, 'kubernetes/base/gateway/config.json');
  const config: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(gatewayConfigSchema.safeParse(config).error).toBeUndefined();
});
