import { join } from 'node:path';
import {
  atRestUnder,
  connectConfiguredLedger,
  createGatewayToken,
  openMemberIdentity,
} from '@veilsum/ledger';
import type { Ledger, MemberIdentity } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';
import type { Backoff } from './backoff.js';
import { systemClock } from './clock.js';
import type { KeyholderConfig } from './config.js';
import { ContainerFolder } from './container-folder.js';
import { ContractLedger } from './contract-ledger.js';
import { Deliveries } from './deliveries.js';
import { HealthFiles } from './health-files.js';
import { HttpGateway } from './http-gateway.js';
import { KeyRing } from './key-ring.js';
import { KeyholderStore } from './keyholder-store.js';
import type { Log } from './log.js';
import { importSealedShare } from './share-import.js';
import { WorkLoop } from './work-loop.js';

/** Short, because a query that waits is looked at again anyway. */
const gatewayBackoff: Backoff = { attemptsMax: 3, firstDelayMs: 100, delayMsMax: 1_000 };
/** Watchers take a file that is a minute old for a sign that something hangs. */
const HEALTH_MS_MAX = 15_000;

export interface KeyholderOptions {
  readonly config: KeyholderConfig;
  /** Secret. */
  readonly passphrase: string;
  readonly log: Log;
}

/** A keyholder that has its identity, its store and its ledger connection, and can start to work. */
export class Keyholder {
  readonly #options: KeyholderOptions;
  readonly #identity: MemberIdentity;
  readonly #store: KeyholderStore;
  readonly #ledger: Ledger;
  readonly #keyRing: KeyRing;

  private constructor(options: KeyholderOptions, parts: OpenedParts) {
    this.#options = options;
    this.#identity = parts.identity;
    this.#store = parts.store;
    this.#ledger = parts.ledger;
    this.#keyRing = new KeyRing({
      ledger: new ContractLedger(parts.ledger),
      store: parts.store,
      memberId: options.config.memberId,
      passphrase: options.passphrase,
    });
  }

  /**
   * Opens identity, store and the own view of the ledger: a checked copy, or the own organisation's peer.
   *
   * @throws {@link VeilsumError} KEY_STORE_LOCKED on a wrong passphrase, STATE_FOLDER_INVALID,
   * INVALID_ARGUMENT when the identity is another member's, LEDGER_UNAVAILABLE, LEDGER_INTEGRITY
   */
  static async open(options: KeyholderOptions): Promise<Keyholder> {
    const { config, passphrase } = options;
    const identity = await openMemberIdentity(config.identityFolder, passphrase);
    if (identity.memberId !== config.memberId) {
      const sentence = `The identity folder belongs to ${identity.memberId}, not ${config.memberId}.`;
      throw new VeilsumError('INVALID_ARGUMENT', sentence);
    }
    const atRest = atRestUnder(identity.storageKey, 'keyholder-store');
    const store = await KeyholderStore.open(config.storeFolder, atRest);
    try {
      const ledger = await connectConfiguredLedger(config.ledger, identity.signer);
      return new Keyholder(options, { identity, store, ledger });
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /**
   * Takes the dealt share in, if there is one to take in whose key is on the ledger.
   *
   * @throws {@link VeilsumError} KEY_SHARE_INVALID when the share is not the right one
   */
  async importShare(): Promise<void> {
    const file = this.#options.config.sealedShareFile;
    if (file === undefined) return;
    const boxSecret = this.#identity.boxSecretKey;
    const share = await importSealedShare(this.#keyRing, { file, boxSecret });
    if (share === undefined) return;
    const { keyId } = share.key;
    this.#options.log.info({ keyId, index: share.index }, 'holds a checked key share');
  }

  /**
   * Works until told to stop.
   *
   * @throws {@link VeilsumError} LEDGER_INTEGRITY, after which nothing is safe to do
   */
  async work(signal: AbortSignal): Promise<void> {
    const { config, log } = this.#options;
    const loop = new WorkLoop({
      ports: {
        ledger: new ContractLedger(this.#ledger),
        gateway: this.#gateway(signal),
        store: this.#store,
        folder: await ContainerFolder.open(join(config.storeFolder, 'containers')),
        keyRing: this.#keyRing,
        clock: systemClock,
        deliveries: new Deliveries(),
      },
      events: this.#ledger,
      log,
      scanMs: config.scanMs,
      onKeyRegistered: () => this.importShare(),
    });
    const health = await this.#showHealth();
    await loop.run(signal).finally(() => health?.stop());
  }

  async close(): Promise<void> {
    await this.#ledger.close();
    await this.#store.close();
  }

  async #showHealth(): Promise<HealthFiles | undefined> {
    const { healthFolder: folder, scanMs } = this.#options.config;
    if (folder === undefined) return undefined;
    const readLedger = () => this.#ledger.height();
    return HealthFiles.start({ folder, everyMs: Math.min(scanMs, HEALTH_MS_MAX), readLedger });
  }

  #gateway(signal: AbortSignal): HttpGateway {
    const { config } = this.#options;
    // Copies of the embedded ledger catch up before they answer.
    const isOneView = config.ledger.kind === 'embedded';
    return new HttpGateway({
      ...(isOneView ? {} : { ledgerHeight: () => this.#ledger.height() }),
      url: config.gatewayUrl,
      token: () => createGatewayToken(this.#identity, config.gatewayId),
      silenceMsMax: config.gatewaySilenceMs,
      backoff: gatewayBackoff,
      signal,
    });
  }
}

interface OpenedParts {
  readonly identity: MemberIdentity;
  readonly store: KeyholderStore;
  readonly ledger: Ledger;
}
