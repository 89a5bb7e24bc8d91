import {
  addCiphertexts,
  applyBlindings,
  blindingContext,
  bytesToHex,
  combineSealedShares,
  combineShares,
  createCertificate,
  createEncryptor,
  decodeResultValues,
  deriveExponents,
  encodeShare,
  hashAggregate,
  hashBlinding,
  hashCanonicalJson,
  hashCertificate,
  hashFinal,
  hashLayout,
  hexToBigint,
  hexToBytes,
  layoutFor,
  noiseVariance,
  packBlock,
  packStrip,
  partiallyDecrypt,
  provePartialDecryption,
  provePlaintextKnowledge,
  requiredBlocks,
  requireValidCiphertexts,
  seal,
  sealingKeyPairOf,
  sha256Hex,
  slotsOfPlane,
  verifyBlinding,
  verifyCertificate,
  verifyCertificateByBlock,
  verifyPartialDecryption,
  verifyPlaintextProof,
} from '@veilsum/crypto';
import type {
  BlindingContext,
  Certificate,
  Ciphertext,
  Layout,
  LayoutPlane,
  PlaintextProof,
  Share,
} from '@veilsum/crypto';

import type { VectorFile } from './vector-files.js';
import { signedHex, vectorFiles, vectorKey } from './vector-files.js';
import { cachedKey } from './vector-keys.js';

interface Contribution {
  context: { contributionId: string };
  seed: string;
  /** By cell, plane and slot. */
  stripValues: number[][][];
  s: string;
  rho: string;
  rows: { cell: number; block: number; message: string; alpha: string; ciphertext: string }[];
  proof: PlaintextProof;
}
interface VectorBlinding {
  index: number;
  context: BlindingContext;
  units: { value: string; slots?: string[] }[][];
  messages: string[];
  alphas: string[];
  blocks: string[];
  s: string;
  rho: string;
  proof: PlaintextProof;
  blindingHash: string;
}
interface Case {
  key: string;
  release: 'exact' | 'noisy';
  attempt: number;
  product: { lanes: string[]; maskBits: number; planes: LayoutPlane[] };
  layout: Layout;
  layoutHash: string;
  contributions: Contribution[];
  plan: {
    cohort: string[];
    groups: { cells: number[] }[];
    planes: { plane: number; epsilonMicro: number; sensitivity: string }[];
  };
  planHash: string;
  resultSecretKey: string;
  jobs: { group: number; block: number }[];
  aggregates: string[];
  aggregateHash: string;
  blindings: VectorBlinding[];
  final: string[];
  finalHash: string;
  shares: {
    share: Share;
    r: string;
    ephemeralSecretKey: string;
    sealed: string;
    shareHash: string;
  }[];
  combinedFrom: number[];
  certificate: Certificate;
  certificateHash: string;
  blindedPlaintexts: string[];
  decoded: { group: number; plane: number; lane?: number; value: string }[];
  noiseVariance: { plane: number; variance: string }[];
}

const hexes = (values: readonly bigint[]): string[] => values.map((value) => value.toString(16));

/** What every step needs: the key, the plan's layout and the ids of the attempt. */
function settingOf(file: VectorFile<Case>, entry: Case) {
  const key = cachedKey(file, entry.key);
  const { product, planHash, attempt, plan } = entry;
  const layout = layoutFor({
    planes: product.planes,
    lanes: product.lanes.length,
    maskBits: product.maskBits,
    l: key.l,
    modulusBits: key.modulusBits,
  });
  const planes = plan.planes.map(({ plane }) => plane);
  const attemptIds = { key, planHash, attempt };
  return { key, layout, planes, groups: plan.groups.length, attemptIds, planHash, attempt };
}

const numbers = (values: readonly string[]): bigint[] => values.map(hexToBigint);

describe.each(
  vectorFiles<Case>('end-to-end').flatMap((file) =>
    file.cases.map((entry) => ({ file, entry, name: `${file.name} ${entry.key}` })),
  ),
)('$name', ({ file, entry }) => {
  const setting = settingOf(file, entry);
  const { key, layout, planes, groups, attemptIds, planHash } = setting;
  const ciphertexts = (values: readonly string[]): Ciphertext[] =>
    requireValidCiphertexts(key, numbers(values));

  it('lays the product out', () => {
    expect(layout).toEqual(entry.layout);
    expect(hashLayout(layout)).toBe(entry.layoutHash);
    expect(hashCanonicalJson(entry.plan)).toBe(planHash);
    expect(requiredBlocks(layout, planes, groups)).toEqual(entry.jobs);
  });

  it.each(entry.contributions)('makes the contribution of $context.contributor', (given) => {
    const { context, seed, rows, proof } = given;
    const encryptor = createEncryptor(key, { expectedCount: rows.length });
    const messages = given.stripValues.flatMap((strip) =>
      packStrip(
        layout,
        strip.map((slots) => slots.map(BigInt)),
      ),
    );
    const alphas = rows.map((_row, row) =>
      deriveExponents(hexToBytes(seed), context.contributionId, row, key.exponentBits),
    );
    expect(messages).toEqual(rows.map(({ message }) => signedHex(message)));
    expect(hexes(alphas)).toEqual(rows.map(({ alpha }) => alpha));
    const blocks = messages.map((message, row) => encryptor.encrypt(message, alphas[row] ?? -1n));
    expect(hexes(blocks)).toEqual(rows.map(({ ciphertext }) => ciphertext));
    const secrets = { s: hexToBigint(given.s), rho: hexToBigint(given.rho) };
    expect(provePlaintextKnowledge({ key, context, blocks, messages, alphas, secrets })).toEqual(
      proof,
    );
    expect(
      verifyPlaintextProof({ key, context, count: blocks.length, blocks: () => blocks, proof }),
    ).toBe(true);
  });

  it('aggregates the cohort', () => {
    const cohort = entry.contributions.filter(({ context }) =>
      entry.plan.cohort.includes(context.contributionId),
    );
    const aggregates = entry.jobs.map(({ group, block }) => {
      const cells = entry.plan.groups[group]?.cells ?? [];
      const rows = cohort.flatMap((contribution) =>
        contribution.rows.filter((row) => row.block === block && cells.includes(row.cell)),
      );
      const [first, ...rest] = ciphertexts(rows.map(({ ciphertext }) => ciphertext));
      if (first === undefined) throw new Error('A group has a cell.');
      return rest.reduce((product, row) => addCiphertexts(key, product, row), first);
    });
    expect(hexes(aggregates)).toEqual(entry.aggregates);
    expect(hashAggregate({ key, planHash, blocks: aggregates })).toBe(entry.aggregateHash);
  });

  it.each(entry.blindings)('blinds as keyholder $index', (given) => {
    const { index, proof, blindingHash } = given;
    const context = blindingContext({ attempt: entry.attempt, index, planHash });
    expect(context).toEqual(given.context);
    const messages = given.units.map((units, position) =>
      packBlock(
        layout,
        entry.jobs[position]?.block ?? -1,
        units.map(({ slots, value }) =>
          slots === undefined ? { value: BigInt(value) } : { slots: slots.map(BigInt) },
        ),
      ),
    );
    expect(messages).toEqual(given.messages.map(signedHex));
    const alphas = numbers(given.alphas);
    const encryptor = createEncryptor(key, {
      expectedCount: alphas.length,
      format: 'veilsum-blinding/1',
    });
    const blocks = messages.map((message, row) => encryptor.encrypt(message, alphas[row] ?? -1n));
    expect(hexes(blocks)).toEqual(given.blocks);
    const secrets = { s: hexToBigint(given.s), rho: hexToBigint(given.rho) };
    expect(provePlaintextKnowledge({ key, context, blocks, messages, alphas, secrets })).toEqual(
      proof,
    );
    const blinding = { ...attemptIds, index, blocks, proof };
    expect(hashBlinding(blinding)).toBe(blindingHash);
    const claim = { ...blinding, blindingHash, count: entry.jobs.length };
    expect(verifyBlinding(claim)).toBe(true);
    expect(verifyBlinding({ ...claim, index: index + 1 })).toBe(false);
    expect(verifyBlinding({ ...claim, count: claim.count + 1 })).toBe(false);
  });

  it('makes the final blocks', () => {
    const finals = applyBlindings(
      key,
      ciphertexts(entry.aggregates),
      entry.blindings.map(({ blocks }) => ciphertexts(blocks)),
    );
    expect(hexes(finals)).toEqual(entry.final);
    expect(hashFinal({ ...attemptIds, blocks: finals })).toBe(entry.finalHash);
  });

  it.each(entry.shares)('decrypts partially as keyholder $share.index', (given) => {
    const { index } = given.share;
    const share = hexToBigint(vectorKey(file, entry.key).shares[index - 1]);
    const finals = ciphertexts(entry.final);
    const x = partiallyDecrypt({ key, share, finals });
    expect(hexes(x)).toEqual(given.share.x);
    const statement = { ...attemptIds, index, finals, x };
    const proof = provePartialDecryption({ ...statement, share, r: hexToBigint(given.r) });
    expect(proof).toEqual(given.share.proof);
    expect(verifyPartialDecryption({ ...statement, proof })).toBe(true);
    const recipient = sealingKeyPairOf(hexToBytes(entry.resultSecretKey));
    const ephemeral = sealingKeyPairOf(hexToBytes(given.ephemeralSecretKey));
    const sealed = seal(encodeShare(given.share), recipient.publicKey, ephemeral);
    expect(bytesToHex(sealed)).toBe(given.sealed);
    expect(sha256Hex(sealed)).toBe(given.shareHash);
  });

  it('opens the blocks and certifies what they hold', () => {
    const opening = { ...attemptIds, finals: numbers(entry.final) };
    const sealedShares = entry.shares.map(({ share, sealed }) => ({
      index: share.index,
      sealed: hexToBytes(sealed),
    }));
    const resultSecretKey = hexToBytes(entry.resultSecretKey);
    const combined = combineSealedShares({
      ...opening,
      resultSecretKey,
      sealedShares: sealedShares.filter(({ index }) => entry.combinedFrom.includes(index)),
    });
    expect(combined.cheaters).toEqual([]);
    expect(combined.usedIndices).toEqual(entry.combinedFrom);
    const fromAll = combineSealedShares({ ...opening, resultSecretKey, sealedShares });
    expect(fromAll).toEqual({ ...combined, usedIndices: fromAll.usedIndices });
    const shares = entry.shares.map(({ share }) => share);
    expect(combineShares({ ...opening, shares })).toEqual(fromAll);
    const certificate = createCertificate(opening, combined);
    expect(certificate).toEqual(entry.certificate);
    expect(hashCertificate(certificate)).toBe(entry.certificateHash);
    const claim = { key, certificate, planHash, finalHash: entry.finalHash };
    expect(verifyCertificate(claim)).toBe(true);
    expect(verifyCertificateByBlock(claim)).toBe(true);
    expect(hexes(combined.messages)).toEqual(
      entry.blindedPlaintexts.map((text) => {
        const message = signedHex(text);
        return (message < 0n ? message + key.n : message).toString(16);
      }),
    );
  });

  it('decodes the released values', () => {
    const messages = numbers(entry.certificate.m);
    const values = decodeResultValues({ key, layout, planes, groups, messages });
    for (const { group, plane, lane = 0, value } of entry.decoded) {
      expect(values[group]?.[planes.indexOf(plane)]?.[lane]).toBe(BigInt(value));
    }
    const slots = planes.reduce((sum, plane) => sum + slotsOfPlane(layout, plane), 0);
    expect(entry.decoded).toHaveLength(groups * slots);
  });

  it('states the variance of the noise', () => {
    for (const { plane, variance } of entry.noiseVariance) {
      const planned = entry.plan.planes.find((candidate) => candidate.plane === plane);
      const epsilonMicro = BigInt(planned?.epsilonMicro ?? -1);
      if (entry.release === 'exact') {
        expect([epsilonMicro, Number(variance)]).toEqual([0n, 0]);
        continue;
      }
      const law = { epsilonMicro, sensitivity: BigInt(planned?.sensitivity ?? -1) };
      const stated = noiseVariance(entry.blindings.length, law);
      expect(stated / Number(variance)).toBeCloseTo(1, 12);
    }
  });
});
