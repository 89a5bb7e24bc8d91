import { addCiphertexts, hexToBigint, type Ciphertext } from '@veilsum/crypto';
import { canonicalBytes, decodeCanonicalJson, hashBlinding } from '@veilsum/crypto';
import {
  hashSchema,
  VeilsumError,
  type BlindingObject,
  type QueryId,
  type ShareRelease,
} from '@veilsum/protocol';
import { nameOf } from '../../../test/fakes/committee/in-memory-gateway.js';
import { testKey } from '../../../test/fakes/committee/test-committee.js';
import { TestNetwork } from '../../../test/fakes/committee/test-network.js';

let network: TestNetwork;
beforeEach(async () => {
  network = await TestNetwork.start();
});
afterEach(() => network.stop());

const everyone = [1, 2, 3];
const rogue = 3;

/** All have recorded a blinding, the rogue one this in place of its own, and A is fixed. */
async function blindedBy(change: (own: BlindingObject, first: BlindingObject) => BlindingObject) {
  const queryId = await network.ask();
  for (const index of everyone) await network.keyholder(index).advance(queryId);
  const { blindings } = network.ledger.current(queryId);
  const planHash = hashSchema.parse(network.ledger.queries.get(queryId)?.record.planHash);
  const blindingOf = async (index: number) => {
    const bytes = await network.keyholder(index).ports.store.blinding({ planHash, attempt: 1 });
    return decodeCanonicalJson(bytes ?? '') as unknown as BlindingObject;
  };
  const shown = change(await blindingOf(rogue), await blindingOf(1));
  const recorded = blindings.find(({ index }) => index === rogue);
  if (recorded !== undefined) {
    recorded.blindingHash = hashSchema.parse(
      hashBlinding({
        key: testKey,
        planHash,
        attempt: 1,
        index: rogue,
        blocks: shown.blocks.map(hexToBigint),
        proof: shown.proof,
      }),
    );
  }
  network.gateway.blindings.set(
    nameOf({ queryId, attempt: 1, index: rogue }),
    canonicalBytes(shown),
  );
  return queryId;
}

async function expectHonestRefusal(queryId: QueryId): Promise<void> {
  await network.settle(queryId, [1, 2]);
  const { refusals, shares } = network.ledger.current(queryId);
  expect(refusals.map(({ index, code }) => `${index} ${code}`).sort()).toEqual([
    '1 BLINDING_MISMATCH',
    '2 BLINDING_MISMATCH',
  ]);
  expect(refusals.every(({ reason }) => reason.includes(`keyholder ${rogue}`))).toBe(true);
  expect(shares).toEqual([]);
}

test('a keyholder that divides out the rest of the sum in a rogue block is refused', async () => {
  const queryId = await blindedBy((own) => {
    // −2 is the encryption of something, but of what nobody knows.
    const [block = '1'] = own.blocks;
    const unknown = (testKey.n2 - 2n) as Ciphertext;
    const spoilt = addCiphertexts(testKey, hexToBigint(block) as Ciphertext, unknown);
    return { ...own, blocks: [spoilt.toString(16), ...own.blocks.slice(1)] };
  });
  await expectHonestRefusal(queryId);
});

test("a keyholder that sends a copy of another's blinding is refused", async () => {
  const queryId = await blindedBy((own, first) => {
    expect(first.blocks).not.toEqual(own.blocks);
    return { ...first, context: own.context };
  });
  await expectHonestRefusal(queryId);
});

test.each<[string, (own: BlindingObject) => BlindingObject]>([
  ['too few blocks', (own) => ({ ...own, blocks: own.blocks.slice(1) })],
  ['a block of zero', (own) => ({ ...own, blocks: ['0', ...own.blocks.slice(1)] })],
  [
    'a multiple of n',
    (own) => ({ ...own, blocks: [testKey.n.toString(16), ...own.blocks.slice(1)] }),
  ],
  ['another proof', (own) => ({ ...own, proof: { ...own.proof, zm: '1' } })],
])('a keyholder that blinds with %s is refused', async (_, change) => {
  await expectHonestRefusal(await blindedBy(change));
});

test('a blinding whose context names another maker is refused although its proof holds', async () => {
  const queryId = await blindedBy((own) => ({ ...own, context: { ...own.context, index: 2 } }));
  await expectHonestRefusal(queryId);
});

describe('a second final block', () => {
  const down = () => Promise.reject(new VeilsumError('LEDGER_UNAVAILABLE', 'Down.'));

  /** Keyholder 1 has accepted a final block of A = {1, 2, 3}, and its ledger then says another A. */
  async function secondFinalAsked(): Promise<{ queryId: QueryId; released: ShareRelease[] }> {
    const queryId = await network.ask();
    for (const index of everyone) await network.keyholder(index).advance(queryId);
    for (const index of [2, 3]) await network.keyholder(index).advance(queryId);
    const keyholder = network.keyholder(1);
    const { ledger } = keyholder.ports;
    keyholder.ports = { ...keyholder.ports, ledger: { ...ledger, releaseShare: down } };
    await expect(keyholder.advance(queryId)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    const released: ShareRelease[] = [];
    const listening = {
      ...ledger,
      releaseShare: (release: ShareRelease) => {
        released.push(release);
        return ledger.releaseShare(release);
      },
    };
    keyholder.ports = { ...keyholder.ports, ledger: listening };
    network.ledger.current(queryId).attempt.keyholders = [1, 2];
    return { queryId, released };
  }

  test('is refused by the own store', async () => {
    const { queryId, released } = await secondFinalAsked();
    await network.settle(queryId, [1]);
    const own = network.ledger.current(queryId).refusals.filter(({ index }) => index === 1);
    expect(own.map(({ code }) => code)).toEqual(['FINAL_BLOCK_CONFLICT']);
    expect(released).toEqual([]);
  });

  test('is refused by the own store also after a restart', async () => {
    const { queryId, released } = await secondFinalAsked();
    await network.keyholder(1).restart();
    await network.settle(queryId, [1]);
    const own = network.ledger.current(queryId).refusals.filter(({ index }) => index === 1);
    expect(own.map(({ code }) => code)).toEqual(['FINAL_BLOCK_CONFLICT']);
    expect(released).toEqual([]);
  });

  test('the first one is still released when the ledger says again what it said at first', async () => {
    const { queryId, released } = await secondFinalAsked();
    network.ledger.current(queryId).attempt.keyholders = everyone;
    await network.keyholder(1).restart();
    await network.settle(queryId);
    expect(released).toHaveLength(1);
    expect(network.result(queryId).values).toEqual(network.trueSums());
  });
});
