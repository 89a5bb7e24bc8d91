import { resolve, join } from 'node:path';

/** Where one machine keeps everything; its parts, by name (docs/architecture.md). Paths only, no I/O. */
export class StateFolder {
  readonly root: string;

  /** @param root - default: the environment's VEILSUM_HOME, else `.veilsum` in the working folder */
  constructor(root = process.env['VEILSUM_HOME'] ?? '.veilsum') {
    this.root = resolve(root);
  }

  get networkFile(): string {
    return join(this.root, 'network.json');
  }

  get demoFile(): string {
    return join(this.root, 'demo.json');
  }

  authority(mspId: string): string {
    return join(this.root, 'authorities', mspId);
  }

  member(memberId: string): string {
    return join(this.root, 'members', memberId);
  }

  /** Queries that this member asked: result keys (encrypted), certificates, results. */
  queries(memberId: string): string {
    return join(this.member(memberId), 'queries');
  }

  contributions(memberId: string): string {
    return join(this.member(memberId), 'contributions');
  }

  /** Openings: an auditor's randomness (encrypted) and checks, a contributor's sealed answers. */
  openings(memberId: string): string {
    return join(this.member(memberId), 'openings');
  }

  /** A generated passphrase, readable by its owner only; members who chose their own have no such file. */
  passphraseFile(holder: string): string {
    return join(this.root, 'passphrases', holder);
  }

  /** The dealer's sealed share, for the keyholder to take in. */
  sealedShareFile(memberId: string): string {
    return join(this.keyholder(memberId), 'inbox', 'share.sealed');
  }

  get genesisFile(): string {
    return join(this.root, 'genesis.json');
  }

  get ledger(): string {
    return join(this.root, 'ledger');
  }

  /** The Fabric network that runs on this machine, if one does: keys of all its organisations. */
  get fabric(): string {
    return join(this.root, 'fabric');
  }

  /** How that network is reached. */
  get fabricProfileFile(): string {
    return join(this.fabric, 'profile.json');
  }

  /** Transactions that a member signed and whose outcome is not known yet; on Fabric. */
  journal(memberId: string): string {
    return join(this.root, 'journals', memberId);
  }

  /** How much of the ledger each member of this machine has seen; on Fabric. */
  get seenHeights(): string {
    return join(this.root, 'seen-heights');
  }

  get gateway(): string {
    return join(this.root, 'gateway');
  }

  keyholder(memberId: string): string {
    return join(this.root, 'keyholders', memberId);
  }

  /** A member's watcher: its alerts and its view of the ledger. */
  watcher(memberId: string): string {
    return join(this.watchers, memberId);
  }

  get watchers(): string {
    return join(this.root, 'watchers');
  }

  get logs(): string {
    return join(this.root, 'logs');
  }

  get processes(): string {
    return join(this.root, 'processes');
  }
}
