import { common, msp } from '@hyperledger/fabric-protos';

import type { FabricBlock } from '../block-decoding.js';
import type { ChannelConfiguration } from './channel-configuration.js';
import type { SignedData } from './signed-data.js';

/** Fabric's BlockMetadataIndex for what orderers signed. */
const SIGNATURES = 0;

/** Who says that a block was ordered, and which block has the configuration they know. */
export interface OrdererStatement {
  readonly signed: readonly SignedData[];
  readonly lastConfigBlock: number | undefined;
}

/**
 * The orderers' signatures of a block. A BFT consenter signs under its number in the configuration, any
 * other orderer under its certificate.
 * @throws an error when the metadata cannot be read
 */
export function readOrdererStatement(
  { header, metadata }: FabricBlock,
  { consenters }: ChannelConfiguration,
): OrdererStatement {
  const bytes = metadata[SIGNATURES] ?? new Uint8Array();
  const statement = common.Metadata.deserializeBinary(bytes);
  const value = statement.getValue_asU8();
  const signed = statement.getSignaturesList().flatMap((one): SignedData[] => {
    const bySignature = one.getSignatureHeader_asU8();
    const byNumber = one.getIdentifierHeader_asU8();
    const isNumbered = bySignature.length === 0 && byNumber.length > 0;
    const identity = isNumbered
      ? numberedIdentity(byNumber, consenters)
      : common.SignatureHeader.deserializeBinary(bySignature).getCreator_asU8();
    if (identity === undefined) return [];
    const data = Buffer.concat([value, isNumbered ? byNumber : bySignature, header]);
    return [{ identity, data, signature: one.getSignature_asU8() }];
  });
  const lastConfig = common.OrdererBlockMetadata.deserializeBinary(value).getLastConfig();
  return { signed, lastConfigBlock: lastConfig?.getIndex() };
}

function numberedIdentity(
  header: Uint8Array,
  consenters: ChannelConfiguration['consenters'],
): Uint8Array | undefined {
  const number = common.IdentifierHeader.deserializeBinary(header).getIdentifier();
  const consenter = consenters.get(number);
  if (consenter === undefined) return undefined;
  const identity = new msp.SerializedIdentity();
  identity.setMspid(consenter.mspId);
  identity.setIdBytes(consenter.certificate);
  return identity.serializeBinary();
}
