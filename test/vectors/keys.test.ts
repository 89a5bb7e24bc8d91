import { encodeCanonicalJson } from '../../crypto/src/canonical-json.js';
import { dealKey } from '../../crypto/src/ceremony.js';
import { decodePublicKey, verifyKeyShare } from '../../crypto/src/public-key.js';
import { signedHex, vectorFiles, type VectorKey } from './vector-files.js';

describe.each(vectorFiles<VectorKey>('keys'))('$name', ({ cases }) => {
  describe.each(cases)('key $key', (vector) => {
    it('is dealt from its secrets, to the last byte', () => {
      const { record } = vector;
      const dealt = dealKey(
        {
          modulusBits: Number(record['modulusBits']),
          l: Number(record['l']),
          t: Number(record['t']),
          exponentBits: Number(record['exponentBits']),
          insecureTestKey: record['insecureTestKey'] === true,
        },
        {
          p: signedHex(vector.p),
          q: signedHex(vector.q),
          x: signedHex(vector.x),
          coefficients: vector.coefficients.map(signedHex),
        },
      );
      expect(dealt.record).toEqual(record);
      expect(dealt.shares.map(({ value }) => value)).toEqual(vector.shares.map(signedHex));
      const body: Record<string, unknown> = { ...dealt.record };
      delete body['keyId'];
      expect(encodeCanonicalJson(body)).toBe(vector.canonicalBody);
    });

    it('passes its check, and so does every share', () => {
      const key = decodePublicKey(vector.record);
      for (const [position, share] of vector.shares.entries()) {
        expect(verifyKeyShare(key, position + 1, signedHex(share))).toBe(true);
        expect(verifyKeyShare(key, position + 1, signedHex(share) + 1n)).toBe(false);
      }
    });
  });
});
