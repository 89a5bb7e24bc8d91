import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Crl,
  type Extension,
} from '@peculiar/x509';
import { isIssuedBy, revokeSerial, serialOf } from './revocation-list.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const generateKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function authority(name: string, isMarked = true) {
  const keys = await generateKeys();
  const extensions: Extension[] = isMarked
    ? [await SubjectKeyIdentifierExtension.create(keys.publicKey)]
    : [];
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    keys,
    extensions,
    signingAlgorithm: algorithm,
  });
  const issue = async (serialNumber: string) => {
    const { publicKey } = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      serialNumber,
      subject: 'CN=member',
      issuer: root.subject,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
    });
    return certificate.toString('pem');
  };
  const certificate = new Uint8Array(root.rawData);
  const privateKey = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { root, issue, authority: { certificate, privateKey } };
}

const listed = (list: Uint8Array) =>
  new X509Crl(Uint8Array.from(list)).entries.map(({ serialNumber }) => serialNumber);

describe('a revocation list', () => {
  it('adds to what its authority had revoked and leaves those of others alone', async () => {
    const [one, two] = [await authority('one'), await authority('two')];
    const [first] = (await revokeSerial(one.authority, '0a', [])) ?? [];
    const other = (await revokeSerial(two.authority, '0b', [])) ?? [];
    const present = [first, ...other].map((list) => Uint8Array.from(list ?? []));
    const lists = (await revokeSerial(one.authority, '0c', present)) ?? [];
    expect(lists.map(listed)).toEqual([['0b'], ['0a', '0c']]);
  });

  it('is signed by the authority and names its key, by which peers find it', async () => {
    const one = await authority('one');
    const [list] = (await revokeSerial(one.authority, '0a', [])) ?? [];
    const crl = new X509Crl(Uint8Array.from(list ?? []));
    expect(await crl.verify({ publicKey: one.root })).toBe(true);
    expect(crl.getExtension(AuthorityKeyIdentifierExtension)?.keyId).toBe(
      one.root.getExtension(SubjectKeyIdentifierExtension)?.keyId,
    );
  });

  it('is not made again for what it holds', async () => {
    const one = await authority('one');
    const lists = ((await revokeSerial(one.authority, '0a', [])) ?? []).map((list) =>
      Uint8Array.from(list),
    );
    expect(await revokeSerial(one.authority, '0a', lists)).toBeUndefined();
  });

  it('is refused for an authority that peers could not match', async () => {
    const one = await authority('one', false);
    await expect(revokeSerial(one.authority, '0a', [])).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });
});

describe('an issued certificate', () => {
  it('is told from one of another authority, even of the same name', async () => {
    const [one, impostor] = [await authority('one'), await authority('one')];
    const certificate = await one.issue('0a');
    expect(await isIssuedBy(certificate, one.authority.certificate)).toBe(true);
    expect(await isIssuedBy(certificate, impostor.authority.certificate)).toBe(false);
    expect(serialOf(certificate)).toBe('0a');
  });

  it('is refused when it is none', async () => {
    const one = await authority('one');
    await expect(isIssuedBy('nonsense', one.authority.certificate)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
