import type { LedgerService } from '@veilsum/ledger/embedded';

/** The blocks of an embedded ledger. Whoever reads them closes it. */
export interface EmbeddedSource {
  readonly kind: 'embedded';
  readonly service: LedgerService;
  readonly genesisHash: string;
}

/** The blocks of a Fabric channel, from a peer or a file. */
export interface FabricSource {
  readonly kind: 'fabric';
  readonly genesisHash: string;
  /** Name of the contracts' chaincode. */
  readonly chaincode: string;
  /** Organisation that alone may found the consortium; anyone may when it is not known. */
  readonly founderMspId?: string | undefined;
  /** All blocks from block 0, unchecked, each as `common.Block`. */
  readonly blocks: () => AsyncIterable<Uint8Array>;
}

/** Where an auditor reads, and the hash of block 0, which says which ledger is meant. */
export type AuditSource = EmbeddedSource | FabricSource;
