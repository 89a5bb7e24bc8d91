import {
  type Ciphertext,
  createEncryptor,
  type DealtKey,
  decodePublicKey,
  type Encryptor,
  generateKeyCeremony,
  type Layout,
  layoutFor,
  type PublicKey,
  randomBelow,
} from '@veilsum/crypto';

/** A key of the default size with its shares, and encryptions under it: what every figure works on. */
export interface Workload {
  readonly key: PublicKey;
  readonly dealt: DealtKey;
  /** How long the ceremony took. */
  readonly ceremonyMs: number;
  /** Sized for {@link TABLE_COUNT} ciphertexts. */
  readonly encryptor: Encryptor;
  readonly layout: Layout;
  /** Elements mod n², as costly to multiply as ciphertexts. */
  readonly elements: readonly bigint[];
}

/** Rows of the proof figure, and about what a merchant with 3,000 blocks encrypts. */
export const TABLE_COUNT = 3_000;

/** Blocks that a query opens in the figures. */
export const OPENED_BLOCKS = 30;

export const WEEKS = 13;

/** The planes of weekly-baskets: series by week, and two totals of the epoch with less noise. */
const WEEKLY_BASKETS = [
  { name: 'visits', span: 'lane', valueBits: 24 },
  { name: 'sum(sales)', span: 'lane', valueBits: 40 },
  { name: 'sumSquares(sales)', span: 'lane', valueBits: 56 },
  { name: 'visits/epoch', span: 'epoch', valueBits: 28 },
  { name: 'sum(sales)/epoch', span: 'epoch', valueBits: 44 },
] as const;

export async function createWorkload(): Promise<Workload> {
  const start = process.hrtime.bigint();
  const dealt = await generateKeyCeremony({ modulusBits: 3072, l: 3, t: 2 });
  const ceremonyMs = Number(process.hrtime.bigint() - start) / 1e6;
  const key = decodePublicKey(dealt.record);
  const layout = layoutFor({
    planes: WEEKLY_BASKETS,
    lanes: WEEKS,
    maskBits: 40,
    l: key.l,
    modulusBits: key.modulusBits,
  });
  const encryptor = createEncryptor(key, { expectedCount: TABLE_COUNT });
  const elements = Array.from({ length: 200 }, () => randomBelow(key.n2));
  return { key, dealt, ceremonyMs, encryptor, layout, elements };
}

/** Chained multiplications mod n², one after another as aggregation does them. */
export function bareMultiplications({ key, elements }: Workload, count: number): () => void {
  return () => {
    let product = elements[0] ?? 1n;
    for (let step = 0; step < count; step += 1) {
      product = (product * (elements[step % elements.length] ?? 1n)) % key.n2;
    }
  };
}

export function encryptMany(workload: Workload, count: number): Encrypted {
  const { encryptor } = workload;
  const messages = Array.from({ length: count }, (_unused, index) => BigInt(index) << 2_000n);
  const alphas = messages.map(() => encryptor.generateAlpha());
  const blocks = messages.map((message, index) => encryptor.encrypt(message, alphas[index] ?? 0n));
  return { messages, alphas, blocks };
}

export interface Encrypted {
  readonly messages: readonly bigint[];
  readonly alphas: readonly bigint[];
  readonly blocks: readonly Ciphertext[];
}
