import { createDiffieHellman } from 'node:crypto';

import {
  bigintToBytes,
  type Ciphertext,
  combineShares,
  createCertificate,
  createShare,
  hashFinal,
  type Layout,
  packStrip,
  type PublicKey,
  unpackBlock,
  verifyCertificate,
} from '@veilsum/crypto';

import { type Figure, measurePair, ratioFigure } from './measurement.js';
import { OPENED_BLOCKS, type Workload } from './workload.js';

const PLAN_HASH = 'a5'.repeat(32);

/** A power by OpenSSL and nothing else: the object is reused, the bytes are ready. */
function barePower(modulus: bigint, base: bigint, exponent: bigint, count: number): () => void {
  const bytes = (value: bigint): Uint8Array =>
    bigintToBytes(value, Math.ceil(value.toString(16).length / 2));
  const exchange = createDiffieHellman(bytes(modulus), 2);
  const [publicBase, secret] = [bytes(base), bytes(exponent)];
  return () => {
    for (let step = 0; step < count; step += 1) {
      exchange.setPrivateKey(secret);
      exchange.computeSecret(publicBase);
    }
  };
}

function finalBlocks({ encryptor, layout }: Workload): Ciphertext[] {
  const values = layout.planes.map(({ span }) =>
    Array.from({ length: span === 'lane' ? layout.lanes : 1 }, (_unused, lane) => BigInt(lane)),
  );
  const [message] = packStrip(layout, values);
  if (message === undefined) throw new Error('The layout has no block.');
  return Array.from({ length: OPENED_BLOCKS }, () =>
    encryptor.encrypt(message, encryptor.generateAlpha()),
  );
}

function centred(key: PublicKey, message: bigint): bigint {
  return 2n * message > key.n ? message - key.n : message;
}

function decodeAll(key: PublicKey, layout: Layout, messages: readonly bigint[]): void {
  const planes = layout.planes.map((_plane, index) => index);
  for (const message of messages) unpackBlock(layout, 0, centred(key, message), planes);
}

/** A keyholder's share of 30 blocks: powers of secret length, and one proof for all. */
function partialDecryptionFigure(workload: Workload, finals: readonly Ciphertext[]): Figure {
  const { key, dealt } = workload;
  const [first] = dealt.shares;
  if (first === undefined) throw new Error('The key has no shares.');
  const request = { key, index: 1, share: first.value, planHash: PLAN_HASH, attempt: 1, finals };
  const exponent = 2n * key.delta * first.value;
  const base = (finals[0] ?? 2n) % key.n;
  const measured = measurePair({
    work: () => {
      createShare(request);
    },
    workUnits: 1,
    reference: barePower(key.n, base, exponent, OPENED_BLOCKS),
    referenceUnits: 1,
    rounds: 7,
  });
  const names = {
    figure: `partial decryption with proof, ${OPENED_BLOCKS} blocks`,
    reference: `${OPENED_BLOCKS} bare OpenSSL powers mod n`,
  };
  return ratioFigure(names, measured, { atMost: 1.4 });
}

export function openingFigures(workload: Workload): Figure[] {
  const { key, dealt, layout } = workload;
  const finals = finalBlocks(workload);
  const opening = { key, planHash: PLAN_HASH, attempt: 1, finals };
  const shares = dealt.shares
    .slice(0, key.t)
    .map(({ index, value }) => createShare({ ...opening, index, share: value }));
  const combined = combineShares({ ...opening, shares });
  const rootPower = barePower(key.n2, combined.w[0] ?? 2n, key.n, 10);
  const combining = measurePair({
    work: () => {
      decodeAll(key, layout, combineShares({ ...opening, shares }).messages);
    },
    workUnits: OPENED_BLOCKS,
    reference: rootPower,
    referenceUnits: 10,
    rounds: 5,
  });
  const certificate = createCertificate(opening, combined);
  const claim = {
    key,
    certificate,
    finalHash: hashFinal({ ...opening, blocks: finals }),
    planHash: PLAN_HASH,
  };
  const certifying = measurePair({
    work: () => {
      if (!verifyCertificate(claim)) throw new Error('An honest certificate was refused.');
    },
    workUnits: 1,
    reference: rootPower,
    referenceUnits: 10,
    rounds: 7,
  });
  const reference = 'one bare OpenSSL power wⁿ mod n²';
  return [
    partialDecryptionFigure(workload, finals),
    ratioFigure({ figure: 'combine, check and decode, per block', reference }, combining, {
      atMost: 1.3,
    }),
    ratioFigure(
      { figure: `verify a certificate of ${OPENED_BLOCKS} blocks`, reference },
      certifying,
      { atMost: 6 },
    ),
  ];
}
