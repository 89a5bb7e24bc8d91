import {
  createPrivateKey,
  createPublicKey,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { common, msp } from '@hyperledger/fabric-protos';
import { decodeFabricBlock, hashEnvelopes } from '@veilsum/ledger/fabric';

/**
 * A channel of a real network (Fabric 3.1.5, four organisations) that is no more. It has calls of every
 * outcome: valid, conflicting, endorsed by too few, endorsed without the regulator, and repeated; and a
 * change of the configuration that revokes a certificate.
 */
export interface RecordedChannel {
  readonly genesisHash: string;
  readonly blocks: readonly Uint8Array[];
  /** Key of the orderer who led then, so that tests can play a dishonest one. */
  readonly ordererKey: KeyObject;
  /** Key of the operator, who sent most of the transactions. */
  readonly senderKey: KeyObject;
  /** Keys of the peers that endorsed, by organisation; none for the channel with BFT orderers. */
  readonly peerKeys: ReadonlyMap<string, KeyObject>;
}

/** As it lies in the file. */
export interface RecordedFile {
  readonly genesisHash: string;
  readonly blocks: readonly string[];
  readonly ordererKey: string;
  readonly senderKey: string;
  readonly peerKeys?: Readonly<Record<string, string>>;
}

/** The recorded channel with three Raft orderers or four BFT ones. */
export function recordedChannel(consensus: 'raft' | 'bft'): RecordedChannel {
  const file = new URL(`${consensus}-channel.json.gz`, import.meta.url);
  const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as RecordedFile;
  return {
    genesisHash: recorded.genesisHash,
    blocks: recorded.blocks.map((block) => Buffer.from(block, 'base64')),
    ordererKey: createPrivateKey(recorded.ordererKey),
    peerKeys: new Map(
      Object.entries(recorded.peerKeys ?? {}).map(([mspId, pem]) => [mspId, createPrivateKey(pem)]),
    ),
    senderKey: createPrivateKey({
      key: Buffer.from(recorded.senderKey, 'base64'),
      format: 'der',
      type: 'pkcs8',
    }),
  };
}

/** A copy of a block with something changed. */
export function changedBlock(bytes: Uint8Array, change: (block: common.Block) => void): Uint8Array {
  const block = common.Block.deserializeBinary(bytes);
  change(block);
  return block.serializeBinary();
}

/** The blocks from one on with new hashes, links and signatures, as a dishonest Raft orderer makes them. */
export function orderedAnew(
  blocks: readonly Uint8Array[],
  from: number,
  key: KeyObject,
): Uint8Array[] {
  const ordered = blocks.slice(0, from);
  const orderer = { key, signatureHeader: signatureHeaderOf(blocks, key) };
  for (const bytes of blocks.slice(from)) {
    const previous = decodeFabricBlock(ordered.at(-1) ?? new Uint8Array());
    ordered.push(
      changedBlock(bytes, (block) => {
        block.getHeader()?.setPreviousHash(Buffer.from(previous.hash, 'hex'));
        const dataHash = hashEnvelopes(block.getData()?.getDataList_asU8() ?? []);
        block.getHeader()?.setDataHash(Buffer.from(dataHash, 'hex'));
        signAnew(block, orderer);
      }),
    );
  }
  return ordered;
}

interface Orderer {
  readonly key: KeyObject;
  /** Names the orderer. */
  readonly signatureHeader: Uint8Array;
}

/** The header under which the orderer with this key signed some block. */
function signatureHeaderOf(blocks: readonly Uint8Array[], key: KeyObject): Uint8Array {
  const publicKey = createPublicKey(key);
  for (const bytes of blocks) {
    const block = common.Block.deserializeBinary(bytes);
    const [first = new Uint8Array()] = block.getMetadata()?.getMetadataList_asU8() ?? [];
    for (const one of common.Metadata.deserializeBinary(first).getSignaturesList()) {
      const header = one.getSignatureHeader_asU8();
      const creator = common.SignatureHeader.deserializeBinary(header).getCreator_asU8();
      const idBytes = msp.SerializedIdentity.deserializeBinary(creator).getIdBytes_asU8();
      if (new X509Certificate(idBytes).publicKey.equals(publicKey)) return header;
    }
  }
  throw new Error('That orderer signed no block.');
}

function signAnew(block: common.Block, { key: ordererKey, signatureHeader }: Orderer): void {
  const list = block.getMetadata()?.getMetadataList_asU8() ?? [];
  const statement = common.Metadata.deserializeBinary(list[0] ?? new Uint8Array());
  const { header } = decodeFabricBlock(block.serializeBinary());
  for (const one of statement.getSignaturesList()) {
    one.setSignatureHeader(signatureHeader);
    const data = Buffer.concat([statement.getValue_asU8(), signatureHeader, header]);
    one.setSignature(signLowS(data, ordererKey));
  }
  block.getMetadata()?.setMetadataList([statement.serializeBinary(), ...list.slice(1)]);
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ECDSA with the smaller of the two possible values, which Fabric wants. */
export function signLowS(data: Uint8Array, key: KeyObject): Uint8Array {
  for (;;) {
    const raw = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
    if (BigInt(`0x${raw.subarray(32).toString('hex')}`) > ORDER / 2n) continue;
    return encodeSignature(raw);
  }
}

function encodeSignature(raw: Buffer): Buffer {
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((bytes) => {
    let start = 0;
    while (bytes[start] === 0) start += 1;
    const short = bytes.subarray(start);
    const content = (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short;
    return Buffer.concat([Buffer.of(2, content.length), content]);
  });
  const content = Buffer.concat(integers);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}
