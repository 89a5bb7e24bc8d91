import { common, ledger, peer } from '@hyperledger/fabric-protos';

import {
  changedBlock,
  orderedAnew,
  recordedChannel,
  signLowS,
} from '../../../../../test/fakes/fabric/recorded-channel.js';
import type { LedgerBlock } from '../../ledger.js';
import { hashEnvelopes } from '../block-decoding.js';
import { readLedgerBlock } from '../ledger-block.js';
import { decodeIdentity } from '../transaction-decoding.js';
import { ChannelVerification } from './channel-verification.js';
import type { TransactionFinding } from './transaction-findings.js';

const raft = recordedChannel('raft');
const bft = recordedChannel('bft');
const chaincode = 'veilsum';

async function verify(
  blocks: readonly Uint8Array[],
  genesisHash = raft.genesisHash,
): Promise<{ blocks: LedgerBlock[]; findings: TransactionFinding[] }> {
  const verification = new ChannelVerification({ genesisHash, chaincode });
  const verified = [];
  for (const block of blocks) verified.push(await verification.verify(block));
  return {
    blocks: verified.map(({ block }) => block),
    findings: verified.flatMap(({ findings }) => findings),
  };
}

const callsOf = (blocks: readonly LedgerBlock[]) =>
  blocks.flatMap(({ transactions }) => transactions);

/** The first block that has a call with this outcome, and the call's place in it. */
function placeOf(code: string): { number: number; index: number } {
  for (const bytes of raft.blocks) {
    const { number, transactions } = readLedgerBlock(bytes, chaincode);
    const index = transactions.findIndex(({ validationCode }) => validationCode === code);
    if (index >= 0) return { number, index };
  }
  throw new Error(`no ${code}`);
}

function withBlock(number: number, change: (block: common.Block) => void): Uint8Array[] {
  return raft.blocks.map((bytes, index) =>
    index === number ? changedBlock(bytes, change) : bytes,
  );
}

function flipped(bytes: Uint8Array, at = bytes.length - 1): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

const firstCall = placeOf('VALID').number;

describe('a recorded channel', () => {
  it.each([
    ['raft', raft],
    ['bft', bft],
  ] as const)('with %s orderers is in order', async (consensus, channel) => {
    const { blocks, findings } = await verify(channel.blocks, channel.genesisHash);
    expect(findings).toEqual([]);
    const codes = new Set(callsOf(blocks).map(({ validationCode }) => validationCode));
    expect([...codes].sort()).toEqual([
      // BFT orderers leave repetitions out themselves.
      ...(consensus === 'raft' ? ['DUPLICATE_TXID'] : []),
      'ENDORSEMENT_POLICY_FAILURE',
      'MVCC_READ_CONFLICT',
      'VALID',
    ]);
  });

  it('reads the same with and without verification', async () => {
    const { blocks } = await verify(raft.blocks);
    expect(raft.blocks.map((bytes) => readLedgerBlock(bytes, chaincode))).toEqual(blocks);
    const [founding] = callsOf(blocks);
    expect(founding).toMatchObject({
      contract: 'consortium',
      transaction: 'initialize',
      mspId: 'AssociationMSP',
    });
  });

  it('tells under which definition its contracts run', async () => {
    const { genesisHash } = raft;
    const verification = new ChannelVerification({ genesisHash, chaincode });
    expect(verification.release).toBeUndefined();
    for (const block of raft.blocks) await verification.verify(block);
    expect(verification.release).toEqual({
      sequence: 1,
      version: expect.stringMatching(/^\d/) as unknown,
    });
  });

  it.each([
    ['AssociationMSP', 0],
    ['PlatformMSP', 1],
  ])('founded as by %s, the only one that may, has %i findings', async (founderMspId, count) => {
    const { genesisHash } = raft;
    const verification = new ChannelVerification({ genesisHash, chaincode, founderMspId });
    const findings: TransactionFinding[] = [];
    for (const block of raft.blocks) findings.push(...(await verification.verify(block)).findings);
    const expected = { check: 'execution', sequence: 1 };
    expect(findings).toEqual(Array(count).fill(expect.objectContaining(expected)));
  });
});

describe('the chain', () => {
  const refused: [string, () => readonly Uint8Array[], RegExp][] = [
    ['another genesis block', () => bft.blocks, /begins with another block/],
    ['a dropped block', () => raft.blocks.filter((_, index) => index !== 4), /Block 4 is missing/],
    [
      'exchanged blocks',
      () => {
        const [third, fourth] = raft.blocks.slice(3, 5);
        return [...raft.blocks.slice(0, 3), fourth, third].filter((one) => one !== undefined);
      },
      /Block 3 is missing/,
    ],
    [
      'a changed header',
      () => withBlock(4, (block) => block.getHeader()?.setPreviousHash(Buffer.alloc(32))),
      /Block 4 is missing/,
    ],
    [
      'another hash of the transactions',
      () => withBlock(4, (block) => block.getHeader()?.setDataHash(Buffer.alloc(32))),
      /transactions of block 4 are not those/,
    ],
    [
      'a changed transaction',
      () =>
        withBlock(4, (block) => {
          const data = block.getData();
          data?.setDataList(data.getDataList_asU8().map((one) => flipped(one)));
        }),
      /transactions of block 4 are not those/,
    ],
    [
      'a changed transaction under a new hash',
      () =>
        withBlock(4, (block) => {
          const data = (block.getData()?.getDataList_asU8() ?? []).map((one) => flipped(one));
          block.getData()?.setDataList(data);
          block.getHeader()?.setDataHash(Buffer.from(hashEnvelopes(data), 'hex'));
        }),
      /Block 4 is not signed by the orderers/,
    ],
    [
      'a changed orderer signature',
      () =>
        withBlock(4, (block) => {
          const metadata = block.getMetadata();
          const [signatures = new Uint8Array(), ...others] = metadata?.getMetadataList_asU8() ?? [];
          metadata?.setMetadataList([flipped(signatures), ...others]);
        }),
      /Block 4/,
    ],
    [
      'no orderer signature',
      () =>
        withBlock(4, (block) => {
          const metadata = block.getMetadata();
          const [, ...others] = metadata?.getMetadataList_asU8() ?? [];
          metadata?.setMetadataList([new Uint8Array(), ...others]);
        }),
      /Block 4 is not signed by the orderers/,
    ],
    [
      'no validation codes',
      () =>
        withBlock(4, (block) => {
          const metadata = block.getMetadata();
          const list = metadata?.getMetadataList_asU8() ?? [];
          metadata?.setMetadataList(
            list.map((one, index) => (index === 2 ? new Uint8Array() : one)),
          );
        }),
      /does not say which of its transactions are valid/,
    ],
    [
      'a block that is none',
      () => [...raft.blocks.slice(0, 2), Buffer.from('no block')],
      /malformed|header/,
    ],
  ];

  it.each(refused)('refuses %s', async (_name, blocks, sentence) => {
    await expect(verify(blocks())).rejects.toMatchObject({
      code: 'LEDGER_INTEGRITY',
      message: expect.stringMatching(sentence) as string,
    });
  });
});

/** A block whose first transaction the sender signed anew, and which the orderer ordered anew. */
function withTransaction(number: number, change: (parts: TransactionParts) => void): Uint8Array[] {
  const blocks = withBlock(number, (block) => {
    const [first = new Uint8Array(), ...others] = block.getData()?.getDataList_asU8() ?? [];
    block.getData()?.setDataList([changedTransaction(first, change), ...others]);
  });
  return orderedAnew(blocks, number, raft.ordererKey);
}

interface TransactionParts {
  readonly envelope: common.Envelope;
  readonly endorsed: peer.ChaincodeEndorsedAction;
  readonly outcome: peer.ChaincodeAction;
  /** Whether the peers sign what came out of it. */
  endorseAnew: boolean;
}

function changedTransaction(
  bytes: Uint8Array,
  change: (parts: TransactionParts) => void,
): Uint8Array {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const transaction = peer.Transaction.deserializeBinary(payload.getData_asU8());
  const [action] = transaction.getActionsList();
  const body = peer.ChaincodeActionPayload.deserializeBinary(
    action?.getPayload_asU8() ?? new Uint8Array(),
  );
  const endorsed = body.getAction() ?? new peer.ChaincodeEndorsedAction();
  const answer = peer.ProposalResponsePayload.deserializeBinary(
    endorsed.getProposalResponsePayload_asU8(),
  );
  const outcome = peer.ChaincodeAction.deserializeBinary(answer.getExtension_asU8());
  const parts = { envelope, endorsed, outcome, endorseAnew: false };
  change(parts);
  answer.setExtension$(outcome.serializeBinary());
  endorsed.setProposalResponsePayload(answer.serializeBinary());
  if (parts.endorseAnew) endorseAnew(endorsed);
  body.setAction(endorsed);
  action?.setPayload(body.serializeBinary());
  payload.setData(transaction.serializeBinary());
  const signed = payload.serializeBinary();
  if (Buffer.compare(signed, envelope.getPayload_asU8()) !== 0) {
    envelope.setPayload(signed);
    envelope.setSignature(signLowS(signed, raft.senderKey));
  }
  return envelope.serializeBinary();
}

function endorseAnew(endorsed: peer.ChaincodeEndorsedAction): void {
  for (const endorsement of endorsed.getEndorsementsList()) {
    const endorser = endorsement.getEndorser_asU8();
    const key = raft.peerKeys.get(decodeIdentity(endorser).mspId);
    if (key === undefined) throw new Error('no key of that peer');
    const answer = endorsed.getProposalResponsePayload_asU8();
    endorsement.setSignature(signLowS(Buffer.concat([answer, endorser]), key));
  }
}

function changeFirstWrite(outcome: peer.ChaincodeAction): void {
  const set = ledger.rwset.TxReadWriteSet.deserializeBinary(outcome.getResults_asU8());
  for (const namespace of set.getNsRwsetList()) {
    if (namespace.getNamespace() !== chaincode) continue;
    const rwset = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(namespace.getRwset_asU8());
    rwset.getWritesList()[0]?.setValue(Buffer.from('{}'));
    namespace.setRwset(rwset.serializeBinary());
  }
  outcome.setResults(set.serializeBinary());
}

/** Marks the first transaction of a block as having another outcome, as the peer that is asked can do. */
function withCode(
  { number, index }: { number: number; index: number },
  code: number,
): Uint8Array[] {
  return withBlock(number, (block) => {
    const metadata = block.getMetadata();
    const list = metadata?.getMetadataList_asU8() ?? [];
    const codes = list[2]?.map((one, place) => (place === index ? code : one)) ?? new Uint8Array();
    metadata?.setMetadataList(list.map((one, place) => (place === 2 ? codes : one)));
  });
}

/** Not even the orderers and the sender together can do these without being found. */
describe('a transaction', () => {
  const found: [string, () => Uint8Array[], TransactionFinding['check'], RegExp][] = [
    [
      'with one byte of its signature changed',
      () =>
        withTransaction(firstCall, ({ envelope }) => {
          envelope.setSignature(flipped(envelope.getSignature_asU8()));
        }),
      'signatures',
      /recorded as VALID but is BAD_CREATOR_SIGNATURE/,
    ],
    [
      'without two of its endorsements',
      () =>
        withTransaction(firstCall, ({ endorsed }) => {
          endorsed.setEndorsementsList(endorsed.getEndorsementsList().slice(0, 2));
        }),
      'endorsements',
      /is ENDORSEMENT_POLICY_FAILURE/,
    ],
    [
      'with one organisation endorsing twice',
      () =>
        withTransaction(firstCall, ({ endorsed }) => {
          const [one, two] = endorsed.getEndorsementsList();
          endorsed.setEndorsementsList([one, two, one].filter((each) => each !== undefined));
        }),
      'endorsements',
      /is ENDORSEMENT_POLICY_FAILURE/,
    ],
    [
      'that writes what nobody endorsed',
      () =>
        withTransaction(firstCall, ({ outcome }) => {
          changeFirstWrite(outcome);
        }),
      'endorsements',
      /is ENDORSEMENT_POLICY_FAILURE/,
    ],
    [
      'that the sender and all endorsers forged together',
      () =>
        withTransaction(firstCall, (parts) => {
          changeFirstWrite(parts.outcome);
          parts.endorseAnew = true;
        }),
      'execution',
      /does not do what its contract does/,
    ],
    [
      'that is called refused but is valid',
      () => withCode(placeOf('VALID'), 11),
      'validation codes',
      /recorded as MVCC_READ_CONFLICT but is VALID/,
    ],
    [
      'that is called valid but conflicts',
      () => withCode(placeOf('MVCC_READ_CONFLICT'), 0),
      'validation codes',
      /recorded as VALID but is MVCC_READ_CONFLICT/,
    ],
    [
      'that is called valid without its endorsements',
      () => withCode(placeOf('ENDORSEMENT_POLICY_FAILURE'), 0),
      'endorsements',
      /recorded as VALID but is ENDORSEMENT_POLICY_FAILURE/,
    ],
    [
      'that is repeated and called valid',
      () => withCode(placeOf('DUPLICATE_TXID'), 0),
      'validation codes',
      /recorded as VALID but is DUPLICATE_TXID/,
    ],
  ];

  it.each(found)('%s is found', async (_name, blocks, check, sentence) => {
    const { findings } = await verify(blocks());
    expect(findings[0]).toMatchObject({
      check,
      sentence: expect.stringMatching(sentence) as string,
      transactionId: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('is not found when the orderer only orders anew, as it was', async () => {
    await expect(verify(orderedAnew(raft.blocks, 3, raft.ordererKey))).resolves.toMatchObject({
      findings: [],
    });
  });
});

it('refuses a configuration that was not signed by who may change it, though the orderers did', async () => {
  const number = raft.blocks.findIndex(
    (bytes, index) =>
      index > 0 &&
      (common.Block.deserializeBinary(bytes).getData()?.getDataList_asU8()[0]?.length ?? 0) >
        40_000,
  );
  const blocks = withBlock(number, (block) => {
    const [first = new Uint8Array()] = block.getData()?.getDataList_asU8() ?? [];
    const envelope = common.Envelope.deserializeBinary(first);
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const config = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8());
    config.getConfig()?.getChannelGroup()?.setModPolicy('Readers');
    payload.setData(config.serializeBinary());
    envelope.setPayload(payload.serializeBinary());
    block.getData()?.setDataList([envelope.serializeBinary()]);
  });
  await expect(verify(orderedAnew(blocks, number, raft.ordererKey))).rejects.toMatchObject({
    code: 'LEDGER_INTEGRITY',
    message: expect.stringMatching(/configuration has \/Channel otherwise/) as string,
  });
});
