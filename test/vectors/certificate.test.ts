import {
  certificateWeight,
  hashCertificate,
  hashFinal,
  hexToBigint,
  verifyCertificate,
  verifyCertificateByBlock,
} from '@veilsum/crypto';
import type { Certificate } from '@veilsum/crypto';

import { vectorFiles } from './vector-files.js';
import { cachedKey } from './vector-keys.js';

interface Case {
  key: string;
  note: string;
  certificate: Certificate;
  accepted: boolean;
  batchAccepted: boolean;
  /** Recomputed from the certificate; null where it has no such hash. */
  finalHash: string | null;
  weights: string[];
}

const OTHER_HASH = 'ab'.repeat(32);

describe.each(vectorFiles<Case>('certificate'))('$name', (file) => {
  it.each(file.cases)('$key: $note', ({ key: name, certificate, ...entry }) => {
    const key = cachedKey(file, name);
    const { planHash, attempt, c } = certificate;
    const claim = { key, certificate, planHash, finalHash: entry.finalHash ?? OTHER_HASH };
    expect(verifyCertificateByBlock(claim)).toBe(entry.accepted);
    expect(verifyCertificate(claim)).toBe(entry.batchAccepted);
    for (const change of [{ finalHash: OTHER_HASH }, { planHash: OTHER_HASH }]) {
      expect(verifyCertificate({ ...claim, ...change })).toBe(false);
      expect(verifyCertificateByBlock({ ...claim, ...change })).toBe(false);
    }
    const kappa = hashCertificate(certificate);
    const weights = c.map((_block, index) => certificateWeight(kappa, index).toString(16));
    expect(weights).toEqual(entry.weights);
    if (entry.finalHash !== null) {
      const blocks = c.map(hexToBigint);
      expect(hashFinal({ key, planHash, attempt, blocks })).toBe(entry.finalHash);
    }
  });
});
