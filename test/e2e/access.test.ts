import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AskedQuery,
  openAuthority,
  openSession,
  receiveResult,
  submitQuestion,
  type Session,
} from '@veilsum/client';
import {
  CertificateAuthority,
  connectLedger,
  createGatewayToken,
  FileSigner,
  fingerprintOf,
  generateEnrolmentKey,
  tellLedger,
  type TokenOptions,
  type Validity,
} from '@veilsum/ledger';
import type { Contribution } from '@veilsum/protocol';
import { currentMonth, signTransaction } from '../fakes/ledger/test-members.js';
import { expectAuditPasses } from './command-line.js';
import { callGateway, problemOf, type GatewayAnswer, type GatewayCall } from './gateway-call.js';
import { eventually } from './network-facts.js';
import { TestNetwork, testQuestion } from './test-network.js';

const HOUR_MS = 3_600_000;
/** No round of these tests ends by its deadline. */
const ATTEMPT_MS = 600_000;
/** Whatever a caller sends of himself must not come back or stay in a log. */
const MARKER = 'told-in-confidence-7c41';

let network: TestNetwork;
let queryId: string;
/** Of the keyholder called `keyholder` here, whose share was handed over. */
let seat: number;
let stored: Contribution;
/** Registered, its container not uploaded yet. */
let pending: { readonly contributionId: string; readonly bytes: Uint8Array };
const actors = new Map<string, Session>();
const tokens: string[] = [];
const refusals: string[] = [];

const actor = (memberId: string): Session => {
  const session = actors.get(memberId);
  if (session === undefined) throw new Error(`${memberId} has no session.`);
  return session;
};

/** A fresh token in a member's name, signed by that member unless another signer is given. */
async function tokenOf(
  memberId: string,
  { signer, audience, ...options }: TokenOptions & { signer?: FileSigner; audience?: string } = {},
): Promise<string> {
  const { identity } = actor(memberId);
  const bearer = { ...identity, ...(signer === undefined ? {} : { signer }) };
  const token = await createGatewayToken(
    bearer,
    audience ?? network.plan.gateway.memberId,
    options,
  );
  tokens.push(token);
  return token;
}

async function call(request: GatewayCall): Promise<GatewayAnswer> {
  const answer = await callGateway(network.running.network.gatewayUrl, request);
  if (answer.status >= 400) refusals.push(answer.text);
  return answer;
}

async function callAs(memberId: string, path: string, rest: Partial<GatewayCall> = {}) {
  return call({ ...rest, path, token: await tokenOf(memberId) });
}

async function codeOf(answer: Promise<GatewayAnswer>): Promise<[number, string]> {
  const { status, code } = problemOf(await answer);
  return [status, code];
}

const otherSeat = () => (seat % 3) + 1;
const share = (index = seat) => `/v1/queries/${queryId}/attempts/1/shares/${index}`;
const blinding = (index = seat) => `/v1/queries/${queryId}/attempts/1/blindings/${index}`;
const aggregates = () => `/v1/queries/${queryId}/aggregates`;
const container = (contributionId: string = stored.contributionId) =>
  `/v1/contributions/${contributionId}/container`;

/** The result is settled once t shares are there, so another one may never come. */
async function handedOverSeat(): Promise<number> {
  for (const index of [1, 2, 3]) {
    if ((await callAs('analyst', share(index))).status === 200) return index;
  }
  throw new Error('No share was handed over.');
}

beforeAll(async () => {
  network = await TestNetwork.start({ merchants: 3, attemptMs: ATTEMPT_MS });
  for (const memberId of ['operator', 'analyst', 'auditor', 'merchant-1', 'merchant-3']) {
    actors.set(memberId, await network.session(memberId));
  }
  actors.set('rival', await network.enrol('rival', 'PlatformMSP', 'analyst'));
  [stored] = (await network.contributeAll(2)) as [Contribution];
  const prepared = await network.prepare('merchant-3', await network.consent('merchant-3'));
  await tellLedger(actor('merchant-3').ledger, 'contribution:register', prepared.registration);
  pending = {
    contributionId: prepared.registration.contributionId,
    bytes: await readFile(prepared.containerPath),
  };
  ({ queryId } = await submitQuestion(actor('analyst'), testQuestion));
  await receiveResult(actor('analyst'), queryId, { timeoutMs: 90_000 });
  seat = await handedOverSeat();
  actors.set('keyholder', await openSession(network.state, { as: `keyholder-${seat}` }));
}, 240_000);
afterAll(async () => {
  await actors.get('keyholder')?.close();
  await network.close();
}, 60_000);

describe('what members may see', () => {
  test('is there for those whom it is for', async () => {
    const seen: [string, string][] = [
      ['analyst', share()],
      ['auditor', share()],
      ['analyst', aggregates()],
      ['keyholder', aggregates()],
      ['keyholder', blinding()],
      ['keyholder', container()],
      ['auditor', container()],
      ['merchant-1', container()],
    ];
    for (const [memberId, path] of seen) {
      const answer = await eventually(async () => {
        const found = await callAs(memberId, path);
        return found.status === 404 ? undefined : found;
      });
      expect([memberId, path, answer.status]).toEqual([memberId, path, 200]);
    }
  });

  test.each<[string, string, () => string]>([
    ["another analyst reading a query's shares", 'rival', share],
    ["another analyst reading a query's aggregates", 'rival', aggregates],
    ["another analyst reading a query's blindings", 'rival', blinding],
    ["an analyst reading a merchant's container", 'analyst', container],
    ["a merchant reading another's container", 'merchant-3', container],
    ["a merchant reading a query's shares", 'merchant-1', share],
    ['a keyholder reading the shares that it did not make', 'keyholder', () => share(otherSeat())],
  ])('%s: 403', async (_name, memberId, path) => {
    expect(await codeOf(callAs(memberId, path()))).toEqual([403, 'FORBIDDEN']);
  });

  test.each<[string, string, () => string]>([
    ['an analyst showing a blinding', 'analyst', blinding],
    ['an analyst handing over a share', 'analyst', share],
    ["a keyholder handing over another's share", 'keyholder', () => share(otherSeat())],
    ['upload by another member', 'merchant-1', () => container(pending.contributionId)],
    ['upload by a keyholder', 'keyholder', () => container(pending.contributionId)],
  ])('%s: 403', async (_name, memberId, path) => {
    const sent = callAs(memberId, path(), { method: 'PUT', body: pending.bytes });
    expect(await codeOf(sent)).toEqual([403, 'FORBIDDEN']);
  });

  test("relaying another's signed transaction: 403", async () => {
    const { signer } = actor('merchant-1').identity;
    const { channel } = network.plan;
    const envelope = await signTransaction(signer, 'whoami', {}, { contract: 'member', channel });
    const body = JSON.stringify(envelope);
    const relayed = callAs('analyst', '/v1/transactions', { method: 'POST', body });
    expect(await codeOf(relayed)).toEqual([403, 'FORBIDDEN']);
  });
});

describe('callers who do not prove who they are', () => {
  const issued = async (
    authority: CertificateAuthority,
    validity: Validity = currentMonth(),
  ): Promise<FileSigner> => {
    const { privateKey, request } = await generateEnrolmentKey('analyst');
    const certificate = await authority.issue({ memberId: 'analyst', request, ...validity });
    return new FileSigner({ mspId: authority.mspId, certificate, privateKey });
  };
  /** Puts a certificate on the analyst's record, or takes it off, and waits until the gateway knows. */
  const tellOperator = async (transaction: string, { certificate }: FileSigner) => {
    const { blockNumber } = await tellLedger(actor('operator').ledger, `member:${transaction}`, {
      memberId: 'analyst',
      fingerprint: fingerprintOf(certificate),
    });
    await eventually(async () => {
      const { text } = await call({ path: '/v1/info' });
      return (JSON.parse(text) as { height: number }).height > blockNumber ? true : undefined;
    });
  };
  /** A token is refused on every way in, whatever its bearer's roles. */
  const refusedEverywhere = async (token: string | undefined) => {
    const found = new Set<string>();
    for (const path of ['/v1/members', share(), container()]) {
      found.add((await codeOf(call({ path, token }))).join(' '));
    }
    const body = pending.bytes;
    const path = container(pending.contributionId);
    found.add((await codeOf(call({ method: 'PUT', path, token, body }))).join(' '));
    return [...found];
  };
  /** What the ledger itself says to a signer. */
  const ledgerRefuses = async (signer: FileSigner, code: string) => {
    const { ledgerUrl: url, genesisHash } = network.embedded;
    const ledger = await connectLedger({ kind: 'embedded', url, genesisHash, signer });
    const asked = ledger.evaluate({ contract: 'member', transaction: 'whoami', argument: {} });
    await expect(asked).rejects.toMatchObject({ code });
    const accept = { contract: 'query', transaction: 'accept', argument: { queryId } };
    await expect(ledger.submit(accept)).rejects.toMatchObject({ code });
    await ledger.close();
  };

  test('a stranger: 401, though his own authority bears the name of one of ours', async () => {
    const mspId = 'PlatformMSP';
    const signer = await issued(await CertificateAuthority.generate({ mspId, ...currentMonth() }));
    const token = await tokenOf('analyst', { signer });
    expect(await refusedEverywhere(token)).toEqual(['401 CERTIFICATE_UNTRUSTED']);
    await ledgerRefuses(signer, 'CERTIFICATE_UNTRUSTED');
  });

  test('an expired certificate: 401, though it stands on the member record', async () => {
    const authority = await openAuthority(network.state, 'PlatformMSP');
    const validity = { notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() - 60_000 };
    const signer = await issued(authority, validity);
    await tellOperator('addCertificate', signer);
    const token = await tokenOf('analyst', { signer });
    expect(await refusedEverywhere(token)).toEqual(['401 CERTIFICATE_EXPIRED']);
    await ledgerRefuses(signer, 'CERTIFICATE_EXPIRED');
  });

  test('a revoked certificate: 401, and the other certificate of the member goes on', async () => {
    const signer = await issued(await openAuthority(network.state, 'PlatformMSP'));
    await tellOperator('addCertificate', signer);
    const token = await tokenOf('analyst', { signer });
    expect((await call({ path: share(), token })).status).toBe(200);
    await tellOperator('revokeCertificate', signer);
    expect(await refusedEverywhere(token)).toEqual(['401 CERTIFICATE_REVOKED']);
    await ledgerRefuses(signer, 'CERTIFICATE_REVOKED');
    expect((await callAs('analyst', share())).status).toBe(200);
  });

  const withPart = (token: string, part: number, change: object) => {
    const parts = token.split('.');
    const claims = JSON.parse(Buffer.from(parts[part] ?? '', 'base64url').toString()) as object;
    parts[part] = Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url');
    return parts.join('.');
  };

  test.each<[string, string, () => Promise<string | undefined>]>([
    [
      'a token for another audience',
      'TOKEN_AUDIENCE',
      () => tokenOf('analyst', { audience: 'another-gateway' }),
    ],
    ['no token', 'UNAUTHENTICATED', () => Promise.resolve(undefined)],
    [
      'a token that has ended',
      'UNAUTHENTICATED',
      () => tokenOf('analyst', { nowMs: Date.now() - 600_000 }),
    ],
    [
      'a token whose claims were changed',
      'UNAUTHENTICATED',
      async () => withPart(await tokenOf('rival'), 1, { sub: 'analyst' }),
    ],
    [
      'a token that says it needs no signature',
      'UNAUTHENTICATED',
      async () => withPart(await tokenOf('analyst'), 0, { alg: 'none' }).replace(/[^.]+$/, ''),
    ],
    [
      "a member's token in the name of another of its organisation",
      'CERTIFICATE_REVOKED',
      () => tokenOf('analyst', { signer: actor('rival').identity.signer }),
    ],
    ['a token that is none', 'UNAUTHENTICATED', () => Promise.resolve(MARKER)],
  ])('%s: 401', async (_name, code, token) => {
    expect(await refusedEverywhere(await token())).toEqual([`401 ${code}`]);
  });

  test('a suspended member: 403', async () => {
    const { ledger } = actor('operator');
    const status = { memberId: 'rival', status: 'suspended' };
    await tellLedger(ledger, 'member:setStatus', status);
    const code = await eventually(async () => {
      const answer = await callAs('rival', '/v1/members');
      return answer.status === 200 ? undefined : codeOf(Promise.resolve(answer));
    });
    expect(code).toEqual([403, 'MEMBER_NOT_ACTIVE']);
  });
});

describe('what is sent', () => {
  const objectFiles = () => readdir(join(network.state.gateway, 'objects'), { recursive: true });
  const upload = (body: Uint8Array, rest: Partial<GatewayCall> = {}) =>
    callAs('merchant-3', container(pending.contributionId), { method: 'PUT', body, ...rest });
  const longer = () => Buffer.concat([pending.bytes, Buffer.alloc(4 * 1024 ** 2)]);

  test.each<[string, number, string, () => Promise<GatewayAnswer>]>([
    ['a container that is announced longer', 422, 'CONTAINER_HASH', () => upload(longer())],
    [
      'a container that turns out longer',
      422,
      'CONTAINER_HASH',
      () => upload(longer(), { isChunked: true }),
    ],
    [
      'a transaction that is too long',
      413,
      'LIMIT_EXCEEDED',
      () =>
        callAs('analyst', '/v1/transactions', {
          method: 'POST',
          body: JSON.stringify(MARKER.repeat(200_000)),
        }),
    ],
    [
      'a share that is too long',
      413,
      'LIMIT_EXCEEDED',
      () => callAs('keyholder', share(), { method: 'PUT', body: Buffer.alloc(1024 ** 2) }),
    ],
    [
      'a transaction that is none',
      422,
      'INVALID_ARGUMENT',
      () => callAs('analyst', '/v1/transactions', { method: 'POST', body: `{"${MARKER}` }),
    ],
  ])('%s is refused', async (_name, status, code, send) => {
    const before = await objectFiles();
    expect(await codeOf(send())).toEqual([status, code]);
    expect(await objectFiles()).toEqual(before);
  });

  test.each([
    '/v1/contributions/../../../../../../etc/passwd',
    '/v1/contributions/..%2f..%2f..%2f..%2fetc%2fpasswd/container',
    '/v1/contributions/%2e%2e/container',
    '/v1/contributions/%2e%2e%2fevil/container',
    '/v1/contributions/..%5c..%5cevil/container',
    `/v1/contributions/${'0'.repeat(32)}%00/container`,
    `/v1/contributions/${'A'.repeat(32)}/container`,
    `/v1/queries/${'0'.repeat(32)}/attempts/1/shares/..%2f..%2fkey.json`,
    `/v1/queries/${'0'.repeat(32)}/attempts/1e0/shares/1`,
    `/v1/queries/..%2f${'0'.repeat(32)}/aggregates`,
    '//etc/passwd',
    '/%c0%ae%c0%ae/container',
  ])('the path %s reaches no file', async (path) => {
    const before = await objectFiles();
    for (const method of ['GET', 'PUT'] as const) {
      const body = method === 'PUT' ? Buffer.from('evil') : undefined;
      const [status, code] = await codeOf(callAs('keyholder', path, { method, body }));
      expect([404, 422]).toContain(status);
      expect(['NOT_FOUND', 'INVALID_ARGUMENT']).toContain(code);
    }
    expect(await objectFiles()).toEqual(before);
  });
});

describe('nothing leaks', () => {
  const correlationId = 'leak-check-0001';
  const secrets = async (): Promise<string[]> => {
    const folder = join(network.state.root, 'passphrases');
    const passphrases = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    const keys = [...actors.values()].flatMap(({ identity }) => [
      identity.boxSecretKey,
      identity.storageKey,
    ]);
    const resultKey = await new AskedQuery(actor('analyst'), queryId).resultKey();
    const texts = [...keys, resultKey].flatMap((key) =>
      (['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(key).toString(form)),
    );
    const signatures = tokens.map((token) => token.slice(token.lastIndexOf('.') + 1));
    return [...passphrases.map((text) => text.trim()), ...texts, ...signatures, MARKER];
  };

  test('in error bodies or in logs', async () => {
    await call({
      path: `/v1/members?token=${MARKER}`,
      token: MARKER,
      headers: { 'x-correlation-id': correlationId, cookie: MARKER },
    });
    await callAs('analyst', `/v1/contributions/${MARKER}`);
    await callAs('analyst', `/v1/queries?status=${MARKER}`);
    const names = await readdir(network.state.logs);
    const logs = await Promise.all(
      names.map((name) => readFile(join(network.state.logs, name), 'utf8')),
    );
    const said = [...logs, ...refusals].join('\n');
    expect(names).toEqual(expect.arrayContaining(['gateway.log', 'keyholder-1.log']));
    // What was looked through is really there.
    expect(said).toContain(correlationId);
    expect(refusals.length).toBeGreaterThan(50);
    const known = await secrets();
    expect(known.length).toBeGreaterThan(50);
    expect(known.filter((secret) => said.includes(secret))).toEqual([]);
    expect(said).not.toMatch(/Bearer |-----BEGIN/);
    expect(refusals.join('\n')).not.toMatch(/\bat .+:\d+:\d+|node_modules/);
  });

  test('from a passphrase to any other file of the state folder', async () => {
    const { root } = network.state;
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const folder = join(root, 'passphrases');
    const isKept = (path: string) => path.startsWith(folder);
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    const passphrases = await Promise.all(paths.filter(isKept).map((path) => readFile(path)));
    const leaking: string[] = [];
    for (const path of paths.filter((candidate) => !isKept(candidate))) {
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      const found = passphrases.some((text) => bytes.includes(text.toString('utf8').trim()));
      if (found) leaking.push(path);
    }
    expect(passphrases.length).toBeGreaterThan(5);
    expect(leaking).toEqual([]);
  });
});

test('veilsum audit passes afterwards', async () => {
  await expectAuditPasses(network.state.root);
});
