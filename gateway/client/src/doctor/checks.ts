import { X509Certificate } from 'node:crypto';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isFabric,
  readNetwork,
  type EmbeddedNetwork,
  type Network,
} from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import type { CheckOutcome } from './check-outcome.js';
import { readWatcherAddress } from '../alert/watcher-folder.js';
import { fabricChecks } from './fabric-checks.js';

type Check = (state: StateFolder) => Promise<CheckOutcome | CheckOutcome[]>;

const DISK_BYTES_MIN = 1024 ** 3;
const CLOCK_SKEW_MS_MAX = 60_000;
const EXPIRY_WARNING_MS = 30 * 24 * 3_600_000;
const TIMEOUT_MS = 5_000;

/** Looks at everything that commonly goes wrong on one machine. */
export async function runChecks(state: StateFolder): Promise<CheckOutcome[]> {
  const outcomes: CheckOutcome[] = [];
  for (const check of [nodeVersion, diskSpace, folderPrivacy, certificates, services, watchers]) {
    outcomes.push(...[await check(state)].flat());
  }
  return outcomes;
}

const nodeVersion: Check = async () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return Promise.resolve({
    check: 'Node version',
    ok: major > 20 || (major === 20 && minor >= 19),
    found: process.versions.node,
    mend: 'Install Node 20.19 or newer.',
  });
};

const diskSpace: Check = async ({ root }) => {
  const { bavail, bsize } = await statfs(root).catch(() => statfs('.'));
  const free = bavail * bsize;
  return {
    check: 'disk space',
    ok: free >= DISK_BYTES_MIN,
    found: `${(free / 1024 ** 3).toFixed(1)} GiB free`,
    mend: 'Free at least 1 GiB where the state folder lies.',
  };
};

const folderPrivacy: Check = async ({ root }) => {
  const mode = await stat(root).then(
    (found) => found.mode & 0o777,
    () => undefined,
  );
  return {
    check: 'state folder',
    ok: mode !== undefined && (mode & 0o077) === 0,
    found: mode === undefined ? `${root} is not there` : `${root}, mode ${mode.toString(8)}`,
    mend: mode === undefined ? 'Run "veilsum up".' : `chmod 700 ${root}`,
  };
};

const certificates: Check = async (state) => {
  const folder = join(state.root, 'members');
  const members = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    members.map(async (memberId): Promise<CheckOutcome | undefined> => {
      const pem = await readFile(join(folder, memberId, 'certificate.pem')).catch(() => undefined);
      if (pem === undefined) return undefined;
      const { validTo } = new X509Certificate(pem);
      const left = Date.parse(validTo) - Date.now();
      return {
        check: `certificate of ${memberId}`,
        ok: left > EXPIRY_WARNING_MS,
        found: `until ${validTo}`,
        mend: 'Enrol a new certificate with the operator before it ends.',
      };
    }),
  );
  const known = found.filter((outcome) => outcome !== undefined);
  const late = known.filter(({ ok }) => !ok);
  if (late.length > 0) return late;
  return {
    check: 'certificates',
    ok: true,
    found: `${known.length}, all valid for over 30 days`,
    mend: '',
  };
};

const services: Check = async (state) => {
  const network = await readNetwork(state).catch(() => undefined);
  if (network === undefined) {
    return { check: 'network', ok: false, found: 'none in this folder', mend: 'Run "veilsum up".' };
  }
  if (isFabric(network)) {
    const { gatewayUrl, profile } = network;
    const gateway = [gatewayCheck(network), clockCheck(gatewayUrl, "the gateway's")];
    return [...(await fabricChecks(profile)), ...(await Promise.all(gateway))];
  }
  return Promise.all([
    ledgerCheck(network),
    gatewayCheck(network),
    clockCheck(`${network.ledgerUrl}/v1/health`, "the ledger's"),
  ]);
};

const watchers: Check = async (state) => {
  const members = await readdir(state.watchers).catch(() => []);
  const checks = members.sort().map((memberId) => watcherCheck(state, memberId));
  return (await Promise.all(checks)).filter((outcome) => outcome !== undefined);
};

/** A watcher that was stopped in good order has left no address, and nothing is amiss. */
async function watcherCheck(
  state: StateFolder,
  memberId: string,
): Promise<CheckOutcome | undefined> {
  const url = await readWatcherAddress(state, memberId);
  if (url === undefined) return undefined;
  const health = await fetchJson(`${url}/health`);
  return {
    check: `watcher of ${memberId}`,
    ok: health !== undefined,
    found:
      health === undefined
        ? `${url} does not answer`
        : `${String(health['height'])} blocks seen, ${String(health['open'])} alerts open`,
    mend: `Run "veilsum watch --as ${memberId}".`,
  };
}

async function ledgerCheck({ ledgerUrl, genesisHash }: EmbeddedNetwork): Promise<CheckOutcome> {
  const health = await fetchJson(`${ledgerUrl}/v1/health`);
  const same = health?.['genesisHash'] === genesisHash;
  return {
    check: 'ledger',
    ok: same,
    found:
      health === undefined
        ? `${ledgerUrl} does not answer`
        : `${String(health['height'])} blocks${same ? '' : ', but another ledger than ours'}`,
    mend: 'Run "veilsum up"; its log is logs/ledger.log in the state folder.',
  };
}

async function gatewayCheck({ gatewayUrl }: Network): Promise<CheckOutcome> {
  const ready = await fetchJson(`${gatewayUrl}/v1/health/ready`);
  return {
    check: 'gateway',
    ok: ready !== undefined,
    found: ready === undefined ? `${gatewayUrl} does not answer` : 'ready',
    mend: 'Run "veilsum up"; its log is logs/gateway.log in the state folder.',
  };
}

async function clockCheck(url: string, whose: string): Promise<CheckOutcome> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    () => undefined,
  );
  const date = response?.headers.get('date') ?? undefined;
  const skew = date === undefined ? undefined : Math.abs(Date.now() - Date.parse(date));
  return {
    check: 'clock',
    ok: skew !== undefined && skew < CLOCK_SKEW_MS_MAX,
    found: skew === undefined ? 'not known' : `${(skew / 1000).toFixed(0)} s from ${whose}`,
    mend: 'Set the clock; transactions over five minutes off are refused.',
  };
}

async function fetchJson(url: string): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
