import { ParameterError } from '../../crypto/src/errors.js';
import { decodePublicKey, verifyKeyShare } from '../../crypto/src/public-key.js';
import { signedHex, vectorFiles, vectorKey } from './vector-files.js';

interface RecordCase {
  readonly note: string;
  readonly record: Readonly<Record<string, unknown>>;
  readonly accepted: boolean;
}

const NEGATED = 'vi[0] and vi[2] negated: passes, and keyholders 1 and 3 refuse their shares';

describe.each(vectorFiles<RecordCase>('key-record'))('$name', (file) => {
  const named = file.cases.map((vector, index) => ({ ...vector, index }));

  it.each(named)('$index $note: accepted $accepted', ({ record, accepted }) => {
    if (!accepted) {
      expect(() => decodePublicKey(record)).toThrow(ParameterError);
      return;
    }
    const key = decodePublicKey(record);
    expect(key.keyId).toBe(record['keyId']);
  });

  const negated = named.filter(({ note }) => note === NEGATED);
  (negated.length === 0 ? it.skip : it)('makes keyholders refuse shares under negated keys', () => {
    for (const { record } of negated) {
      const key = decodePublicKey(record);
      const name = `${key.modulusBits}-${key.l}-${key.t}`;
      const accepted = vectorKey(file, name).shares.map((share, position) =>
        verifyKeyShare(key, position + 1, signedHex(share)),
      );
      expect(accepted).toEqual([false, true, false]);
    }
  });
});
