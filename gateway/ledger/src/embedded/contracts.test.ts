import { jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JsonValue } from '@veilsum/crypto';
import { fingerprintOf, type CertificateAuthority, type FileSigner } from '@veilsum/ledger';
import { mspIdSchema } from '@veilsum/protocol';

import {
  contractSuite,
  foundConsortium,
  foundNetwork,
  propose,
  sampleConsortium,
  sampleRegistration,
  type TestIdentity,
  type TestLedger,
} from '../../../../chaincode/contracts/src/testing/index.js';
import {
  createAuthority,
  createGenesis,
  enrol,
  signTransaction,
} from '../../../../test/fakes/ledger/test-members.js';
import { EmbeddedEngine } from './engine.js';
import { ReplicaLedger } from './replica-ledger.js';
import { SignedLedger } from './signed-ledger.js';

const mspIds = ['AssociationMSP', 'MerchantsMSP', 'RegulatorMSP', 'PlatformMSP'];

let folder: string;
let authorities: Map<string, CertificateAuthority>;
let founder: FileSigner;
let ledgers = 0;
/** Enrolled once for all ledgers of the test: keys and certificates take longer than transactions. */
const signers = new Map<string, FileSigner>();

/** The embedded ledger as the contract suite wants one; a replica checks its chain in the end. */
class EmbeddedTestLedger implements TestLedger {
  readonly engine: EmbeddedEngine;
  readonly #folder: string;

  private constructor(engine: EmbeddedEngine, path: string) {
    this.engine = engine;
    this.#folder = path;
  }

  static async create(): Promise<EmbeddedTestLedger> {
    const path = join(folder, `ledger-${(ledgers += 1)}`);
    const genesis = createGenesis([...authorities.values()], founder);
    const engine = await EmbeddedEngine.open({ folder: join(path, 'engine'), genesis });
    return new EmbeddedTestLedger(engine, path);
  }

  async identity(name: string, mspId: string): Promise<TestIdentity> {
    const authority = authorities.get(mspId);
    if (authority === undefined) throw new Error(`No authority of ${mspId} in this test.`);
    const signer = signers.get(name) ?? (await enrol(authority, name));
    signers.set(name, signer);
    return { mspId: signer.mspId, fingerprint: fingerprintOf(signer.certificate) };
  }

  signer(name: string): FileSigner {
    const signer = signers.get(name);
    if (signer === undefined) throw new Error(`There is no identity ${name}.`);
    return signer;
  }

  async submit(as: string, contract: string, transaction: string, argument: unknown) {
    const request = { contract, transaction, argument: argument as JsonValue };
    return (await this.#port(as).submit(request)).result;
  }

  evaluate(as: string, contract: string, transaction: string, argument: unknown) {
    return this.#port(as).evaluate({ contract, transaction, argument: argument as JsonValue });
  }

  now(): number {
    return Date.now();
  }

  async close(): Promise<void> {
    const { genesisHash, height } = await this.engine.status();
    const replica = await ReplicaLedger.open({
      service: this.engine,
      genesisHash,
      folder: join(this.#folder, 'replica'),
      signer: founder,
    });
    expect(await replica.height()).toBe(height);
    await replica.close();
  }

  #port(as: string): SignedLedger {
    return new SignedLedger({
      service: this.engine,
      signer: this.signer(as),
      channel: 'test-channel',
    });
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilsum-contracts-'));
  const made = await Promise.all(mspIds.map((mspId) => createAuthority(mspId)));
  authorities = new Map(made.map((authority) => [authority.mspId, authority]));
  founder = await enrol(made[0] ?? (await createAuthority()), 'operator');
  signers.set('operator', founder);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('contracts on the embedded ledger, its chain executed again by a replica', () => {
  const cases = contractSuite(() => EmbeddedTestLedger.create());
  test.each(cases)('$name', async ({ run }) => {
    await run();
  });
});

describe('who the contracts let speak', () => {
  let ledger: EmbeddedTestLedger;

  beforeEach(async () => {
    ledger = await EmbeddedTestLedger.create();
  });

  afterEach(async () => {
    await ledger.close();
  });

  const submitAs = async (signer: FileSigner, timestampMs: number) =>
    ledger.engine.submit(
      await signTransaction(signer, 'whoami', {}, { contract: 'member', timestampMs }),
    );

  test('only the founder of the genesis initialises', async () => {
    const identity = await ledger.identity('intruder', 'AssociationMSP');
    const operator = sampleRegistration('intruder', ['operator'], identity);
    await expect(
      ledger.submit('intruder', 'consortium', 'initialize', {
        consortium: sampleConsortium(),
        operator,
        members: [operator],
      }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await foundConsortium(ledger);
  });

  test('no organisation joins whose members could not sign', async () => {
    await foundConsortium(ledger);
    const joining = { mspId: mspIdSchema.parse('LogisticsMSP'), roles: ['logistics' as const] };
    await expect(propose(ledger, 'organisation', joining)).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(/genesis/) as string,
    });
  });

  test('a revoked certificate no longer speaks', async () => {
    await foundNetwork(ledger);
    const signer = ledger.signer('merchant-1');
    expect((await submitAs(signer, Date.now())).validationCode).toBe('VALID');
    await ledger.submit('operator', 'member', 'revokeCertificate', {
      memberId: 'merchant-1',
      fingerprint: fingerprintOf(signer.certificate),
    });
    await expect(submitAs(signer, Date.now())).rejects.toMatchObject({
      code: 'CERTIFICATE_REVOKED',
    });
  });

  test.each([-301_000, 301_000])(
    'a transaction dated %i ms from now is not endorsed',
    async (offset) => {
      await foundConsortium(ledger);
      await expect(submitAs(founder, Date.now() + offset)).rejects.toMatchObject({
        code: 'CLOCK_SKEW',
      });
      expect((await submitAs(founder, Date.now() + offset * 0.99)).validationCode).toBe('VALID');
    },
  );

  test('a committed transaction is answered again after its time', async () => {
    await foundConsortium(ledger);
    const envelope = await signTransaction(founder, 'whoami', {}, { contract: 'member' });
    const first = await ledger.engine.submit(envelope);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    try {
      expect(await ledger.engine.submit(envelope)).toEqual(first);
    } finally {
      clock.mockRestore();
    }
  });
});
