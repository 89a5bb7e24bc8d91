import { createGatewayToken } from '@veilsum/ledger';
import { hashSchema, memberIdSchema, mspIdSchema, type Genesis } from '@veilsum/protocol';

import {
  createAuthority,
  createGenesis,
  enrol,
} from '../../../../test/fakes/ledger/test-members.js';
import { defaultLimits, type GatewaySettings } from '../settings.js';
import { TokenVerifier } from './token-verifier.js';

const gatewayId = memberIdSchema.parse('gateway');
const genesisHash = hashSchema.parse('a'.repeat(64));

describe('the authorities that tokens are verified against', () => {
  let old: Genesis['msps'];
  let now: Genesis['msps'];
  let token: string;
  let clockMs: number;
  let reads: number;

  beforeAll(async () => {
    const association = await createAuthority('AssociationMSP');
    const logistics = await createAuthority('LogisticsMSP');
    const operator = await enrol(association, 'operator');
    old = createGenesis([association], operator).msps;
    now = createGenesis([association, logistics], operator).msps;
    const signer = await enrol(logistics, 'carrier');
    const mspId = mspIdSchema.parse('LogisticsMSP');
    const memberId = memberIdSchema.parse('carrier');
    token = await createGatewayToken({ memberId, mspId, signer }, gatewayId);
  });

  const verifierOf = (readNow: () => { msps: Genesis['msps']; hash?: typeof genesisHash }) => {
    reads = 0;
    clockMs = Date.now();
    const ledger = { channel: 'veilsum', genesisHash, authorities: old };
    const readLedger = () => {
      reads += 1;
      const { msps: authorities, hash = genesisHash } = readNow();
      return Promise.resolve({ ...ledger, authorities, genesisHash: hash });
    };
    const settings: GatewaySettings = { gatewayId, ledger, readLedger, version: '1', ...limits };
    return new TokenVerifier(settings, () => clockMs);
  };
  const limits = { ...defaultLimits };

  it('are read again when an organisation has joined', async () => {
    const verifier = verifierOf(() => ({ msps: now }));
    await expect(verifier.verify(token)).resolves.toMatchObject({ mspId: 'LogisticsMSP' });
    await verifier.verify(token);
    expect(reads).toBe(1);
  });

  it('are not read for every stranger', async () => {
    const verifier = verifierOf(() => ({ msps: old }));
    const refused = { code: 'CERTIFICATE_UNTRUSTED' };
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    expect(reads).toBe(1);
    clockMs += 2000;
    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    expect(reads).toBe(2);
  });

  it("are not taken from another ledger's profile", async () => {
    const hash = hashSchema.parse('b'.repeat(64));
    const verifier = verifierOf(() => ({ msps: now, hash }));
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'CERTIFICATE_UNTRUSTED' });
  });
});
