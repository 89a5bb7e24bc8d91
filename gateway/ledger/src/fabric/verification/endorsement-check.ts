import type { CollectionHashes, NamespaceReadWriteSet } from '../read-write-set.js';
import type { FabricAction } from '../transaction-decoding.js';
import { isLifecycle, policyOfChaincode, type ChaincodePolicy } from './chaincode-definitions.js';
import type { ChannelConfiguration } from './channel-configuration.js';
import { stateKey, type ChannelState } from './channel-state.js';
import type { ChannelPolicies } from './channel-policies.js';
import type { SignedData } from './signed-data.js';

/** Fabric's name of the entry beside a key that has an endorsement policy of its own. */
const KEY_POLICY = 'VALIDATION_PARAMETER';
/** Fabric's private collection of one organisation, for chaincode administration. */
const ORGANISATION_COLLECTION = /^_implicit_org_(.+)$/;

/** What endorsements are held against: everything as it stood before the block. */
export interface EndorsementContext {
  readonly configuration: ChannelConfiguration;
  /** State before the block. */
  readonly state: ChannelState;
  /** Keys whose own policy an earlier endorsed transaction of the block changes. */
  readonly policiesChanged: ReadonlySet<string>;
}

/** Why a transaction's endorsements do not suffice, by Fabric's code; undefined when they do. */
export type EndorsementFault = 'ENDORSEMENT_POLICY_FAILURE' | 'INVALID_CHAINCODE';

/**
 * Holds a transaction's endorsements against the policy of every chaincode that it writes to, and of
 * every key that has one of its own.
 * @throws an error when a policy has something that is not understood here
 */
export function endorsementFault(
  action: FabricAction,
  context: EndorsementContext,
): EndorsementFault | undefined {
  const signed = action.endorsements.map(({ endorser, signature }) => ({
    identity: endorser,
    data: Buffer.concat([action.endorsedBytes, endorser]),
    signature,
  }));
  const written = action.readWriteSets.filter(writes).map(({ namespace }) => namespace);
  for (const namespace of new Set([action.chaincode, ...written])) {
    const policy = policyOfChaincode(namespace, context.state);
    if (policy === undefined) return 'INVALID_CHAINCODE';
    const set = action.readWriteSets.find((one) => one.namespace === namespace);
    const check = new NamespaceCheck(policy, signed, context);
    if (!check.suffices(namespace, set)) return 'ENDORSEMENT_POLICY_FAILURE';
  }
  return undefined;
}

/** The keys whose own policy a transaction changes. */
export function changedPolicies({ readWriteSets }: FabricAction): string[] {
  return readWriteSets.flatMap(({ namespace, metadataWrites }) =>
    metadataWrites.map(({ key }) => stateKey(namespace, key)),
  );
}

function writes({ writes: values, metadataWrites, collections }: NamespaceReadWriteSet): boolean {
  return values.length > 0 || metadataWrites.length > 0 || collections.some(isWritten);
}

function writtenKeys(set: NamespaceReadWriteSet | undefined): string[] {
  if (set === undefined) return [];
  return [...set.writes, ...set.metadataWrites].map(({ key }) => key);
}

function isWritten(collection: CollectionHashes): boolean {
  return collection.writes.length > 0 || collection.metadataWrites.length > 0;
}

/** An empty policy counts as none. */
function isPresent(policy: Uint8Array | undefined): policy is Uint8Array {
  return policy !== undefined && policy.length > 0;
}

class NamespaceCheck {
  readonly #policy: ChaincodePolicy;
  readonly #signed: readonly SignedData[];
  readonly #context: EndorsementContext;
  readonly #policies: ChannelPolicies;

  constructor(policy: ChaincodePolicy, signed: readonly SignedData[], context: EndorsementContext) {
    this.#policy = policy;
    this.#signed = signed;
    this.#context = context;
    this.#policies = context.configuration.policies;
  }

  /** Every key with a policy of its own needs that one, all others the chaincode's, and one at least. */
  suffices(namespace: string, set: NamespaceReadWriteSet | undefined): boolean {
    const keys = writtenKeys(set);
    if (keys.some((key) => this.#context.policiesChanged.has(stateKey(namespace, key))))
      return false;
    const collections = (set?.collections ?? []).filter(isWritten);
    const special = keys.map((key) => this.#ownPolicy(namespace, key)).filter(isPresent);
    const checked = special.length + collections.length;
    const needsGeneral = special.length < keys.length || checked === 0;
    return (
      (!needsGeneral || this.#sufficesGenerally()) &&
      collections.every((one) => this.#sufficesForCollection(namespace, one)) &&
      special.every((policy) => this.#policies.fulfilsKeyPolicy(policy, this.#signed))
    );
  }

  #ownPolicy(namespace: string, key: string): Uint8Array | undefined {
    return this.#context.state.get(namespace, key)?.metadata.get(KEY_POLICY);
  }

  #sufficesGenerally(): boolean {
    const policy = this.#policy;
    if ('path' in policy) return this.#policies.isFulfilled(policy.path, this.#signed);
    return this.#policies.fulfilsChaincodePolicy(policy.bytes, this.#signed);
  }

  #sufficesForCollection(namespace: string, collection: CollectionHashes): boolean {
    const mspId = ORGANISATION_COLLECTION.exec(collection.name)?.[1];
    const isUnderstood = mspId !== undefined && isLifecycle(namespace);
    if (!isUnderstood || collection.metadataWrites.length > 0) throw new Error('private data');
    return this.#policies.isFulfilledByOrganisation(mspId, this.#signed);
  }
}
