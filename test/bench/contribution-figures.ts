import {
  addCiphertexts,
  type Ciphertext,
  createExponentDeriver,
  decodeCiphertexts,
  encodeCiphertext,
  packStrip,
  PlaintextProver,
  provePlaintextKnowledge,
  randomBelow,
  randomBytes,
  verifyPlaintextProof,
} from '@veilsum/crypto';

import {
  type Figure,
  measurePair,
  median,
  plainFigure,
  processorMs,
  ratioFigure,
} from './measurement.js';
import { bareMultiplications, encryptMany, TABLE_COUNT, type Workload } from './workload.js';

const CONTEXT = { format: 'veilsum-contribution/1', contributor: 'bench' };

/** One block at 3072 bits against another library, and against the multiplications it cannot avoid. */
export function encryptionFigures(workload: Workload): Figure[] {
  const { key, encryptor } = workload;
  const message = randomBelow(key.n / 2n);
  const alphas = Array.from({ length: 50 }, () => encryptor.generateAlpha());
  const encryptAll = (): void => {
    for (const alpha of alphas) encryptor.encrypt(message, alpha);
  };
  const againstPaillier = measurePair({
    work: encryptAll,
    workUnits: alphas.length,
    reference: () => key.paillier.encrypt(message),
    referenceUnits: 1,
    rounds: 7,
  });
  const againstMultiplications = measurePair({
    work: encryptAll,
    workUnits: alphas.length,
    reference: bareMultiplications(workload, encryptor.multiplications * alphas.length),
    referenceUnits: alphas.length,
    rounds: 9,
  });
  return [
    ratioFigure(
      { figure: 'encrypt one block', reference: "paillier-bigint's encrypt" },
      againstPaillier,
      { atLeast: 100 },
    ),
    ratioFigure(
      {
        figure: 'encrypt one block',
        reference: `${encryptor.multiplications} bare multiplications mod n²`,
      },
      againstMultiplications,
      { atMost: 1.3 },
    ),
  ];
}

/** All that a contribution does for its blocks, from values to the bytes of a row and its proof. */
export function packingFigures(workload: Workload): Figure[] {
  const { key, encryptor, layout } = workload;
  const strips = 240;
  const slots = layout.planes.map(({ span }) => (span === 'lane' ? layout.lanes : 1));
  const valuesPerStrip = slots.reduce((sum, count) => sum + count, 0);
  const values = slots.map((count) => Array.from({ length: count }, () => randomBelow(1n << 22n)));
  const derive = createExponentDeriver(randomBytes(32), '0'.repeat(32), key.exponentBits);
  const count = strips * layout.blocks;
  const contribute = (): void => {
    const prover = new PlaintextProver({ key, context: CONTEXT, count });
    const inside: { message: bigint; alpha: bigint }[] = [];
    for (let strip = 0; strip < strips; strip += 1) {
      for (const message of packStrip(layout, values)) {
        const alpha = derive(inside.length);
        prover.absorb(encodeCiphertext(key, encryptor.encrypt(message, alpha)));
        inside.push({ message, alpha });
      }
    }
    for (const { message, alpha } of inside) prover.add(message, alpha);
    prover.prove();
  };
  contribute();
  const times = Array.from({ length: 5 }, () => processorMs(contribute));
  const perSecond = (1000 * strips * valuesPerStrip) / median(times);
  return [
    plainFigure(
      { figure: 'values encrypted as weekly-baskets packs them', unit: 'values/s/core' },
      perSecond,
      { atLeast: 20_000 },
    ),
    plainFigure(
      { figure: 'size of a value in weekly-baskets', unit: 'bytes' },
      (layout.blocks * key.elementBytes2) / valuesPerStrip,
      { atMost: 20 },
    ),
  ];
}

/** One ciphertext into a sum: the product alone, as ciphertexts of checked containers are added. */
export function aggregationFigures(workload: Workload): Figure[] {
  const { key, elements } = workload;
  const ciphertexts = elements as readonly Ciphertext[];
  const rounds = 4 * elements.length;
  const names = { figure: 'aggregate, one ciphertext', reference: 'a bare multiplication mod n²' };
  const measured = measurePair({
    work: () => {
      let sum = ciphertexts[0] ?? (1n as Ciphertext);
      for (let step = 0; step < rounds; step += 1) {
        sum = addCiphertexts(key, sum, ciphertexts[step % ciphertexts.length] ?? sum);
      }
    },
    workUnits: rounds,
    reference: bareMultiplications(workload, rounds),
    referenceUnits: rounds,
    rounds: 11,
  });
  return [ratioFigure(names, measured, { atMost: 1.25 })];
}

/** The whole check of a container's rows: hashes, validity and the proof. */
export function plaintextProofFigures(workload: Workload): Figure[] {
  const { key } = workload;
  const { messages, alphas, blocks } = encryptMany(workload, TABLE_COUNT);
  const proof = provePlaintextKnowledge({ key, context: CONTEXT, blocks, messages, alphas });
  const rows = blocks.map((block) => encodeCiphertext(key, block));
  const claim = { key, context: CONTEXT, count: TABLE_COUNT, blocks: () => rows, proof };
  const perRow = measurePair({
    work: () => {
      if (!verifyPlaintextProof(claim)) throw new Error('An honest proof was refused.');
    },
    workUnits: TABLE_COUNT,
    reference: bareMultiplications(workload, 2_000),
    referenceUnits: 2_000,
    rounds: 5,
  });
  const perDecoded = measurePair({
    work: () => {
      decodeCiphertexts(key, rows.slice(0, 300));
    },
    workUnits: 300,
    reference: bareMultiplications(workload, 300),
    referenceUnits: 300,
    rounds: 5,
  });
  const reference = 'a bare multiplication mod n²';
  return [
    ratioFigure(
      { figure: `verify plaintext proof, per row of ${TABLE_COUNT}`, reference },
      perRow,
      { atMost: 25 },
    ),
    ratioFigure({ figure: 'decode and check one ciphertext', reference }, perDecoded, {
      atMost: 2,
    }),
  ];
}
