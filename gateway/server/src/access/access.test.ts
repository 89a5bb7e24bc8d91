import { createAuthority, enrol } from '../../../../test/fakes/ledger/test-members.js';
import { GatewayNetwork } from '../../../../test/fakes/gateway/gateway-network.js';

let network: GatewayNetwork;
const authorityOf = (mspId: string) => {
  const authority = network.authorities.get(mspId);
  if (authority === undefined) throw new Error('no such authority');
  return authority;
};
const membersAs = (token: string) => network.callWith(token, 'GET', '/v1/members');

beforeAll(async () => {
  network = await GatewayNetwork.found();
});
afterAll(async () => {
  await network.close();
});

describe('who may call', () => {
  it('an active member with a fresh token', async () => {
    const answer = await membersAs(await network.token('analyst'));
    expect(answer.status).toBe(200);
    expect((answer.json as { memberId: string }[]).map(({ memberId }) => memberId)).toContain(
      'keyholder-3',
    );
  });

  it('a member who has seen more of the ledger, once the gateway sees as much', async () => {
    const { height } = await network.engine.status();
    const token = await network.token('analyst');
    const seeing = (seen: string) =>
      fetch(`${network.gateway.url}/v1/members`, {
        headers: { authorization: `Bearer ${token}`, 'veilsum-ledger-height': seen },
      });
    expect((await seeing(String(height))).status).toBe(200);
    const early = seeing(String(height + 1));
    const identity = { memberId: 'merchant-3', status: 'suspended' };
    await network.submit('operator', 'member:setStatus', identity);
    expect((await early).status).toBe(200);
    await network.submit('operator', 'member:setStatus', { ...identity, status: 'active' });
    for (const wrong of ['-1', '1e3', '9'.repeat(16), 'x']) {
      expect((await seeing(wrong)).status).toBe(422);
    }
    const never = await seeing('999999');
    expect(never.status).toBe(503);
    expect(await never.json()).toMatchObject({ code: 'LEDGER_UNAVAILABLE', retryable: true });
  }, 20_000);

  it('nobody without a token', async () => {
    const answer = await network.callWith(undefined, 'GET', '/v1/members');
    expect(answer).toMatchObject({ status: 401, json: { code: 'UNAUTHENTICATED' } });
  });

  it.each<[string, number, string, () => Promise<string>]>([
    [
      'a token for another gateway',
      401,
      'TOKEN_AUDIENCE',
      () => network.token('analyst', { audience: 'other-gateway' }),
    ],
    [
      'a token that has ended',
      401,
      'UNAUTHENTICATED',
      () => network.token('analyst', { nowMs: Date.now() - 600_000 }),
    ],
    [
      'a token from the future',
      401,
      'UNAUTHENTICATED',
      () => network.token('analyst', { nowMs: Date.now() + 600_000 }),
    ],
    [
      'a changed token',
      401,
      'UNAUTHENTICATED',
      async () => (await network.token('analyst')).slice(0, -6) + 'AAAAAA',
    ],
    [
      'a stranger with a certificate of his own making',
      401,
      'CERTIFICATE_UNTRUSTED',
      async () =>
        network.token('analyst', {
          signer: await enrol(await createAuthority('MerchantsMSP'), 'analyst'),
        }),
    ],
    [
      'a certificate that has ended',
      401,
      'CERTIFICATE_EXPIRED',
      async () => {
        const validity = {
          notBeforeMs: Date.now() - 86_400_000,
          notAfterMs: Date.now() - 3_600_000,
        };
        const signer = await enrol(authorityOf('MerchantsMSP'), 'analyst', validity);
        return network.token('analyst', { signer });
      },
    ],
    [
      'a certificate that is not on the member record',
      401,
      'CERTIFICATE_REVOKED',
      async () =>
        network.token('analyst', { signer: await enrol(authorityOf('MerchantsMSP'), 'analyst') }),
    ],
    [
      "a member in another's name",
      401,
      'CERTIFICATE_REVOKED',
      () => network.token('auditor', { signer: network.signer('gateway') }),
    ],
    [
      'a member of another organisation',
      401,
      'UNAUTHENTICATED',
      async () =>
        network.token('analyst', { signer: await enrol(authorityOf('RegulatorMSP'), 'analyst') }),
    ],
    [
      'a name that the ledger does not know',
      401,
      'UNAUTHENTICATED',
      async () =>
        network.token('nobody-here', {
          signer: await enrol(authorityOf('MerchantsMSP'), 'nobody-here'),
        }),
    ],
  ])('not %s', async (_name, status, code, token) => {
    expect(await membersAs(await token())).toMatchObject({ status, json: { code } });
  });

  it('not a token without a signature, or with a header of its own choice', async () => {
    const [header = '', payload = ''] = (await network.token('analyst')).split('.');
    const none = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), alg: 'none' }),
    ).toString('base64url');
    for (const token of [`${none}.${payload}.`, `${none}.${payload}.AA`, 'a.b.c', 'x']) {
      expect(await membersAs(token)).toMatchObject({ status: 401 });
    }
  });

  it('not a suspended member, and not under a revoked certificate', async () => {
    const suspend = { memberId: 'merchant-3', status: 'suspended' };
    await network.submit('operator', 'member:setStatus', suspend);
    expect(await membersAs(await network.token('merchant-3'))).toMatchObject({
      status: 403,
      json: { code: 'MEMBER_NOT_ACTIVE' },
    });
    const { certificateFingerprints } = (await network.read('member:read', {
      memberId: 'merchant-2',
    })) as { certificateFingerprints: string[] };
    const fingerprint = certificateFingerprints[0];
    await network.submit('operator', 'member:revokeCertificate', {
      memberId: 'merchant-2',
      fingerprint,
    });
    expect(await membersAs(await network.token('merchant-2'))).toMatchObject({
      status: 401,
      json: { code: 'CERTIFICATE_REVOKED' },
    });
  });
});

describe('what everyone sees', () => {
  it('says whose gateway it is, without a token', async () => {
    const status = await network.engine.status();
    expect((await network.call(undefined, 'GET', '/v1/info')).json).toEqual({
      gatewayId: 'gateway',
      channel: 'test-channel',
      genesisHash: status.genesisHash,
      height: status.height,
      version: '0.0.0-test',
    });
    for (const path of ['/v1/health/live', '/v1/health/ready']) {
      expect((await network.call(undefined, 'GET', path)).json).toEqual({ status: 'ok' });
    }
  });

  it('counts requests by route and refusals by code, without ids', async () => {
    const unknown = 'c0ffee'.padEnd(32, '0');
    await network.call('analyst', 'GET', `/v1/contributions/${unknown}`);
    const metrics = (await network.call(undefined, 'GET', '/metrics')).bytes.toString();
    expect(metrics).toMatch(/refusals_total\{code="NOT_FOUND"\} [1-9]/);
    expect(metrics).toContain('route="/v1/contributions/:contributionId"');
    expect(metrics).not.toContain(unknown);
  });
});

describe('a problem', () => {
  it('carries the correlation id that the caller chose, or a fresh one', async () => {
    const chosen = await fetch(`${network.gateway.url}/v1/nothing`, {
      headers: { 'x-correlation-id': 'my-request-0001' },
    });
    expect(chosen.headers.get('x-correlation-id')).toBe('my-request-0001');
    expect(await chosen.json()).toEqual({
      type: 'urn:veilsum:error:NOT_FOUND',
      title: 'There is no such object.',
      status: 404,
      detail: 'There is nothing at this address.',
      code: 'NOT_FOUND',
      retryable: false,
      correlationId: 'my-request-0001',
    });
    const fresh = await fetch(`${network.gateway.url}/v1/nothing`, {
      headers: { 'x-correlation-id': 'a"b' },
    });
    const { correlationId } = (await fresh.json()) as { correlationId: string };
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(fresh.headers.get('x-correlation-id')).toBe(correlationId);
  });

  it('names the field that is wrong, not its value', async () => {
    const answer = await network.call('analyst', 'GET', '/v1/queries?status=s3cret');
    expect(answer).toMatchObject({ status: 422, json: { code: 'INVALID_ARGUMENT' } });
    expect(answer.bytes.toString()).toContain('status');
    expect(answer.bytes.toString()).not.toContain('s3cret');
    const extra = await network.call('analyst', 'GET', '/v1/consents?everything=1');
    expect(extra).toMatchObject({ status: 422 });
  });

  it.each<[string, string, string]>([
    ['ids that are none', '/v1/contributions/..%2f..%2fetc', 'INVALID_ARGUMENT'],
    ['a version that is none', '/v1/products/weekly-sales/1e0', 'INVALID_ARGUMENT'],
    ['an account that is none', '/v1/accounts/everyone', 'INVALID_ARGUMENT'],
    ['an unknown product', '/v1/products/weekly-sales/9', 'PRODUCT_NOT_FOUND'],
  ])('meets %s', async (_name, path, code) => {
    const answer = await network.call('analyst', 'GET', path);
    expect([answer.status < 500, (answer.json as { code: string }).code]).toEqual([true, code]);
  });

  it('meets bodies that are no JSON, of another form, or too long', async () => {
    for (const [body, status] of [
      ['{', 422],
      ['[]', 422],
      ['{}', 422],
      [`"${'x'.repeat(3_100_000)}"`, 413],
    ] as const) {
      expect(await network.call('analyst', 'POST', '/v1/transactions', body)).toMatchObject({
        status,
      });
    }
  });
});

describe('reads of the ledger', () => {
  it.each(['products', 'members', 'consents', 'contributions', 'queries'])(
    'lists %s',
    async (noun) => {
      const answer = await network.call('analyst', 'GET', `/v1/${noun}`);
      expect([answer.status, Array.isArray(answer.json)]).toEqual([200, true]);
    },
  );

  it('reads one product, member and account', async () => {
    const product = await network.call('analyst', 'GET', '/v1/products/weekly-sales/1');
    expect(product.json).toMatchObject({ productId: 'weekly-sales', version: 1 });
    const member = await network.call('analyst', 'GET', '/v1/members/auditor');
    expect(member.json).toMatchObject({ memberId: 'auditor', roles: ['auditor'] });
    const account = await network.call('analyst', 'GET', '/v1/accounts/member:analyst');
    expect(account.json).toEqual({ accountId: 'member:analyst', balance: '0' });
  });
});
