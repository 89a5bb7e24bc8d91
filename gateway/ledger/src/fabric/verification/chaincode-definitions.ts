import { peer } from '@hyperledger/fabric-protos';

import type { ChannelState } from './channel-state.js';

const LIFECYCLE = '_lifecycle';
/** Stands in the configuration; Fabric asks it of every change of a chaincode's definition. */
const LIFECYCLE_POLICY = '/Channel/Application/LifecycleEndorsement';

/** The policy that a chaincode's transactions must fulfil: bytes of an ApplicationPolicy, or a place. */
export type ChaincodePolicy = { readonly bytes: Uint8Array } | { readonly path: string };

/**
 * What the channel agreed on for a chaincode, read from what chaincode administration wrote.
 * @returns undefined when no chaincode of that name was committed
 * @throws an error when the definition has something that is not understood here
 */
export function policyOfChaincode(name: string, state: ChannelState): ChaincodePolicy | undefined {
  if (name === LIFECYCLE) return { path: LIFECYCLE_POLICY };
  const metadata = state.get(LIFECYCLE, `namespaces/metadata/${name}`);
  const field = state.get(LIFECYCLE, `namespaces/fields/${name}/ValidationInfo`);
  if (metadata === undefined || field === undefined) return undefined;
  const { StateData, StateMetadata } = peer.lifecycle;
  const type = StateMetadata.deserializeBinary(metadata.value).getDatatype();
  if (type !== 'ChaincodeDefinition') throw new Error('unknown kind of definition');
  const info = peer.lifecycle.ChaincodeValidationInfo.deserializeBinary(
    StateData.deserializeBinary(field.value).getBytes_asU8(),
  );
  if (info.getValidationPlugin() !== 'vscc') throw new Error('unknown validation plugin');
  return { bytes: info.getValidationParameter_asU8() };
}

/** Which agreed definition of a chaincode is in force; a later sequence may stand for other contracts. */
export interface ChaincodeRelease {
  readonly sequence: number;
  readonly version: string;
}

/**
 * The definition that a chaincode runs under now.
 * @returns undefined when no chaincode of that name was committed
 */
export function releaseOfChaincode(
  name: string,
  state: ChannelState,
): ChaincodeRelease | undefined {
  const sequence = state.get(LIFECYCLE, `namespaces/fields/${name}/Sequence`);
  const field = state.get(LIFECYCLE, `namespaces/fields/${name}/EndorsementInfo`);
  if (sequence === undefined || field === undefined) return undefined;
  const { StateData, ChaincodeEndorsementInfo } = peer.lifecycle;
  const info = StateData.deserializeBinary(field.value).getBytes_asU8();
  return {
    sequence: StateData.deserializeBinary(sequence.value).getInt64(),
    version: ChaincodeEndorsementInfo.deserializeBinary(info).getVersion(),
  };
}

/** Whether a namespace is that of chaincode administration. */
export function isLifecycle(namespace: string): boolean {
  return namespace === LIFECYCLE;
}
