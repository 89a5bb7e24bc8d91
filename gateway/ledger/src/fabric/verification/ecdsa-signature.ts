import { verify, type KeyObject } from 'node:crypto';

/** Half the order of P-256: of the two signatures that mean the same, Fabric takes the smaller only. */
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

/** Whether a signature is the key's own over these bytes, in the one form that Fabric takes. */
export function isSignedBy(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, bytes, key, signature);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return false;
  const s = readS(signature);
  if (s === undefined || s > HALF_ORDER) return false;
  return verify('sha256', bytes, key, signature);
}

/** The second integer of SEQUENCE { r INTEGER, s INTEGER }. P-256 needs no long lengths. */
function readS(signature: Uint8Array): bigint | undefined {
  const rLength = signature[3] ?? 0;
  const at = 4 + rLength;
  const sLength = signature[at + 1] ?? 0;
  const bytes = signature.subarray(at + 2, at + 2 + sLength);
  const isWhole =
    signature[0] === 0x30 &&
    signature[1] === signature.length - 2 &&
    signature[2] === 0x02 &&
    signature[at] === 0x02 &&
    at + 2 + sLength === signature.length &&
    sLength > 0;
  return isWhole ? BigInt(`0x${Buffer.from(bytes).toString('hex')}`) : undefined;
}
