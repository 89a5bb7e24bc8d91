import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ContributionFolder,
  contributionTarget,
  receiveResult,
  submitContribution,
  submitQuestion,
  type Question,
  type Session,
} from '@veilsum/client';
import {
  addCiphertexts,
  bigintToBytes,
  decodeCiphertext,
  encodeCiphertext,
  hashLayout,
  multiplyCiphertext,
  sha256Hex,
  type Layout,
  type PublicKey,
} from '@veilsum/crypto';
import { tellLedger } from '@veilsum/ledger';
import {
  contributionContextSchema,
  contributionRegistrationSchema,
  hashSchema,
  type ContributionContext,
  type ContributionRegistration,
} from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import { DishonestGateway, expectRefusedByKeyholders, type Lie } from './dishonest-gateway.js';
import {
  encryptedZeros,
  forgeContainer,
  proofOf,
  readContainer,
  type Forgery,
} from './forged-container.js';
import { answerOf } from './tampering-proxy.js';
import { TEST_CELLS, TestNetwork, testProduct, testQuestion, testValue } from './test-network.js';

const TIMEOUT_MS = 180_000;
const VICTIM = 'merchant-1';
const CHEAT = 'merchant-2';

const question: Question = { ...testQuestion, release: 'noisy', epsilonMicro: 1_000_000 };

describe('a contributor', () => {
  let network: TestNetwork;
  let gateway: DishonestGateway;
  let key: PublicKey;
  let layout: Layout;
  let cheat: Session;
  let consentId: string;
  /** What the cheat registered last, which the next one replaces. */
  let registered: ContributionRegistration | undefined;
  let victimFile: string;
  let victim: Pick<Forgery, 'rows' | 'proof'>;

  beforeAll(async () => {
    network = await TestNetwork.start({ merchants: 2, attemptMs: 90_000 });
    gateway = await DishonestGateway.standIn(network);
    key = await network.key();
    layout = layoutForProduct(testProduct, key);
    cheat = await network.session(CHEAT);
    consentId = await network.consent(CHEAT);
    const { contributionId } = await network.contribute(VICTIM, await network.consent(VICTIM));
    const folder = new ContributionFolder(network.state.contributions(VICTIM));
    victimFile = (await folder.read(contributionId)).containerPath;
    victim = await readContainer(victimFile, key, layout);
  }, 360_000);
  afterAll(async () => {
    await gateway.close();
    await network.close();
  }, 60_000);

  const otherLayout = () =>
    layoutForProduct({ ...testProduct, maskBits: testProduct.maskBits + 1 }, key);
  const rowCount = () => TEST_CELLS * layout.blocks;
  const forge = (forgery: Forgery) => forgeContainer(network.state.root, key, forgery);

  function contextOf(
    contributionId: string,
    change: Partial<ContributionContext> = {},
  ): ContributionContext {
    const { productId, version: productVersion } = testProduct;
    return contributionContextSchema.parse({
      format: 'veilsum-contribution/1',
      contributionId,
      contributor: CHEAT,
      epoch: testQuestion.epoch,
      keyId: key.keyId,
      layoutHash: hashLayout(layout),
      productId,
      productVersion,
      ...change,
    });
  }

  /** What the ledger has to be told of a file to take it at all. */
  function registrationOf(contributionId: string, bytes: Uint8Array): ContributionRegistration {
    const { epoch, keyId, layoutHash, productId, productVersion } = contextOf(contributionId);
    return contributionRegistrationSchema.parse({
      format: 'veilsum-contribution-registration/1',
      contributionId,
      epoch,
      keyId,
      layoutHash,
      productId,
      productVersion,
      consentId,
      contentHash: sha256Hex(bytes),
      byteLength: bytes.length,
      rowCount: rowCount(),
      coverage: [],
      ...(registered === undefined ? {} : { supersedes: registered.contributionId }),
    });
  }

  const register = (registration: ContributionRegistration) =>
    tellLedger(cheat.ledger, 'contribution:register', registration);

  /**
   * The gateway refuses the file at upload. Then a dishonest gateway says on the ledger that it stored
   * it, and serves it to the keyholders, who refuse it with the same code.
   */
  async function expectRefused(contributionId: string, bytes: Uint8Array, code: string) {
    const registration = registrationOf(contributionId, bytes);
    await register(registration);
    registered = registration;
    const containerPath = join(network.state.root, `${contributionId}.arrow`);
    await writeFile(containerPath, bytes);
    const folder = new ContributionFolder(network.state.contributions(CHEAT));
    const prepared = { registration, containerPath };
    const upload = submitContribution(contributionTarget(cheat), folder, prepared);
    await expect(upload).rejects.toMatchObject({ code });

    const { ledger } = await network.session('gateway');
    const { contentHash } = registration;
    await tellLedger(ledger, 'contribution:markStored', { contributionId, contentHash });
    const lie: Lie = ({ path }) =>
      path === `/v1/contributions/${contributionId}/container`
        ? Promise.resolve(answerOf(bytes, 'application/vnd.apache.arrow.file'))
        : undefined;
    const ask = () => gateway.askWhileLying(question, lie);
    const { record } = await expectRefusedByKeyholders(network, ask, code);
    expect(record.plan?.cohort).toContain(contributionId);
  }

  test(
    "that copies another's container is refused at upload and again by keyholders",
    async () => {
      await expectRefused(freshId(), await readFile(victimFile), 'CONTAINER_CONTEXT');
    },
    TIMEOUT_MS,
  );

  test(
    "that copies another's ciphertexts is refused at upload and again by keyholders",
    async () => {
      const contributionId = freshId();
      const bytes = await forge({ ...victim, context: contextOf(contributionId) });
      await expectRefused(contributionId, bytes, 'PLAINTEXT_PROOF_INVALID');
    },
    TIMEOUT_MS,
  );

  test(
    "that multiplies another's ciphertexts is refused at upload and again by keyholders",
    async () => {
      const contributionId = freshId();
      const context = contextOf(contributionId);
      const zeros = encryptedZeros(key, rowCount());
      // Twice the other's values, encrypted anew so that nobody recognises them.
      const rows = zeros.rows.map((zero, position) => {
        const [one, own] = [victim.rows[position] ?? zero, zero].map((row) =>
          decodeCiphertext(key, row),
        );
        if (one === undefined || own === undefined) throw new Error('unreachable');
        return encodeCiphertext(key, addCiphertexts(key, multiplyCiphertext(key, one, 2n), own));
      });
      const proof = proofOf(key, context, { ...zeros, rows });
      const bytes = await forge({ rows, context, proof });
      await expectRefused(contributionId, bytes, 'PLAINTEXT_PROOF_INVALID');
    },
    TIMEOUT_MS,
  );

  test.each([
    ['too many rows', () => (TEST_CELLS + 1) * layout.blocks, TEST_CELLS + 1],
    ['as many rows, but all of one cell', () => rowCount(), 1],
  ])(
    'that sends wrong rows, %s, is refused at upload and again by keyholders',
    async (_name, count, cells) => {
      const contributionId = freshId();
      const context = contextOf(contributionId);
      const zeros = encryptedZeros(key, count());
      const proof = proofOf(key, context, zeros);
      const bytes = await forge({ rows: zeros.rows, context, proof, cells });
      await expectRefused(contributionId, bytes, 'CONTAINER_ROWS');
    },
    TIMEOUT_MS,
  );

  test.each([
    ['zero', () => 0n],
    ['a multiple of the modulus', () => key.n],
    ['one above its square', () => key.n2 + 1n],
  ])(
    'that sends an invalid element, %s, is refused at upload and again by keyholders',
    async (_name, element) => {
      const contributionId = freshId();
      const context = contextOf(contributionId);
      const zeros = encryptedZeros(key, rowCount());
      const rows = [...zeros.rows.slice(0, -1), bigintToBytes(element(), key.elementBytes2)];
      const proof = proofOf(key, context, { ...zeros, rows });
      const bytes = await forge({ rows, context, proof });
      await expectRefused(contributionId, bytes, 'CONTAINER_ELEMENT');
    },
    TIMEOUT_MS,
  );

  test(
    'that sends another layout is refused at upload and again by keyholders',
    async () => {
      const contributionId = freshId();
      const other = otherLayout();
      // Nothing but the layout gives it away.
      expect(other.blocks).toBe(layout.blocks);
      const context = contextOf(contributionId, {
        layoutHash: hashSchema.parse(hashLayout(other)),
      });
      const zeros = encryptedZeros(key, rowCount());
      const proof = proofOf(key, context, zeros);
      const bytes = await forge({ rows: zeros.rows, context, proof });
      await expectRefused(contributionId, bytes, 'CONTAINER_CONTEXT');
    },
    TIMEOUT_MS,
  );

  test('that registers another layout or other rows is refused by the ledger', async () => {
    const right = registrationOf(freshId(), await readFile(victimFile));
    const layoutHash = hashSchema.parse(hashLayout(otherLayout()));
    await expect(register({ ...right, layoutHash })).rejects.toMatchObject({
      code: 'CONTAINER_CONTEXT',
    });
    const fewer = right.rowCount - 1;
    await expect(register({ ...right, rowCount: fewer })).rejects.toMatchObject({
      code: 'CONTAINER_ROWS',
    });
  });

  test(
    'that is honest, through the same gateway, gets into the result',
    async () => {
      const supersedes = registered?.contributionId;
      await network.contribute(CHEAT, consentId, {
        base: 5n,
        ...(supersedes === undefined ? {} : { supersedes }),
      });
      const analyst = await network.session('analyst');
      const { queryId } = await submitQuestion(analyst, testQuestion);
      const { result } = await receiveResult(analyst, queryId, { timeoutMs: TIMEOUT_MS });
      const expected = [0, 1].flatMap((cell) =>
        [0, 1, 2, 3].map((lane) =>
          Number(testValue(1n, cell, 1, lane) + testValue(5n, cell, 1, lane)),
        ),
      );
      expect(result.rows.map(({ value }) => value)).toEqual(expected);
    },
    TIMEOUT_MS,
  );
});

const freshId = () => randomBytes(16).toString('hex');
