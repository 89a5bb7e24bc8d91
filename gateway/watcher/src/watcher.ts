import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  aborted,
  connectConfiguredLedger,
  createGatewayToken,
  describeConfiguredLedger,
  LEDGER_HEIGHT_HEADER,
  openMemberIdentity,
  writePrivateFile,
  type Ledger,
  type LedgerDescription,
  type MemberIdentity,
} from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';
import { AlertLog } from './alerts/alert-log.js';
import type { WatcherConfig } from './config.js';
import { ContainerWatch } from './container-watch.js';
import { WebhookSender, webhookPatience } from './delivery/webhook-sender.js';
import { openWebhook, type WebhookTarget } from './delivery/webhook-target.js';
import type { Log } from './log.js';
import { containerMender } from './mending/container-mending.js';
import { incidentMender, latenessMender, missedOpeningMender } from './mending/incident-mending.js';
import type { Menders } from './mending/mender.js';
import { queryMender } from './mending/query-mending.js';
import { LedgerFollower } from './picture/ledger-follower.js';
import { PictureKeeper } from './picture/picture-keeper.js';
import { ReaderAccess } from './service/reader-access.js';
import { WatcherMetrics } from './service/watcher-metrics.js';
import { WatcherServer } from './service/watcher-server.js';
import { Watch } from './watch.js';

/** Says where a running watcher is reached; in its folder. */
const ADDRESS_FILE = 'address.json';

export interface WatcherOptions {
  readonly config: WatcherConfig;
  /** Secret. */
  readonly passphrase: string;
  readonly log: Log;
}

interface OpenedParts {
  readonly identity: MemberIdentity;
  readonly ledger: Ledger;
  readonly description: LedgerDescription;
  readonly alerts: AlertLog;
  readonly webhooks: readonly WebhookTarget[];
}

/** One member's watcher: its keys, its own view of the ledger, its alerts. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #parts: OpenedParts;
  readonly #metrics = new WatcherMetrics();
  readonly #keeper: PictureKeeper;
  #server: WatcherServer | undefined;

  private constructor(options: WatcherOptions, parts: OpenedParts) {
    this.#options = options;
    this.#parts = parts;
    this.#keeper = new PictureKeeper(parts.ledger, parts.alerts.since);
  }

  /**
   * Opens identity, alerts, webhooks and the own view of the ledger, and begins to answer.
   * @throws {@link VeilsumError} KEY_STORE_LOCKED, STATE_FOLDER_INVALID, WEBHOOK_UNSAFE, INVALID_ARGUMENT
   * when the identity is another member's, LEDGER_UNAVAILABLE, LEDGER_INTEGRITY, PORT_IN_USE
   */
  static async open(options: WatcherOptions): Promise<Watcher> {
    const { config, passphrase } = options;
    const identity = await openMemberIdentity(config.identityFolder, passphrase);
    if (identity.memberId !== config.memberId) {
      const sentence = `The identity folder belongs to ${identity.memberId}, not ${config.memberId}.`;
      throw new VeilsumError('INVALID_ARGUMENT', sentence);
    }
    const webhooks = await Promise.all(config.webhooks.map(openWebhook));
    const description = await describeConfiguredLedger(config.ledger);
    const alerts = await AlertLog.open(config.folder, config.memberId, Date.now());
    try {
      const ledger = await connectConfiguredLedger(config.ledger, identity.signer);
      const watcher = new Watcher(options, { identity, ledger, description, alerts, webhooks });
      await watcher.#listen();
      return watcher;
    } catch (error) {
      await alerts.close();
      throw error;
    }
  }

  /** Where its alerts are read. */
  get url(): string {
    return this.#server?.url ?? '';
  }

  /** Watches, mends and delivers until told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, log } = this.#options;
    const { alerts, ledger, webhooks, description } = this.#parts;
    const { genesisHash } = description;
    const follower = new LedgerFollower(ledger, await this.#firstBlock(), (block) => {
      this.#keeper.notice(block);
      watch.wake();
    });
    const watch = new Watch({
      config,
      expected: { gatewayId: config.gatewayId, genesisHash },
      ledger,
      keeper: this.#keeper,
      follower,
      alerts,
      ...(config.contributionsFolder === undefined ? {} : { containers: this.#containers() }),
      menders: this.#menders(follower),
      metrics: this.#metrics,
      log,
    });
    const metrics = this.#metrics;
    const senders = webhooks.map(
      (target) => new WebhookSender({ target, alerts, metrics, log, patience: webhookPatience }),
    );
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const works = [watch.run(until), ...senders.map((sender) => sender.run(until))];
    // A stream may take its time to end; nothing depends on it any more then.
    void follower.run(until);
    try {
      await Promise.race([Promise.all(works), aborted(signal)]);
    } finally {
      failed.abort();
      await Promise.allSettled(works);
    }
  }

  /** Its address goes with it: one that stays behind shows that it did not end in good order. */
  async close(): Promise<void> {
    await rm(join(this.#options.config.folder, ADDRESS_FILE), { force: true });
    await this.#server?.close();
    await this.#parts.ledger.close();
    await this.#parts.alerts.close();
  }

  /** A watcher that begins reads the ledger as it is; one that was stopped looks at what came since. */
  async #firstBlock(): Promise<number> {
    const { alerts, ledger } = this.#parts;
    if (alerts.height > 0) return alerts.height;
    const height = await ledger.height();
    await alerts.record([], height);
    return height;
  }

  #menders(follower: LedgerFollower): Menders {
    const { ledger } = this.#parts;
    const { config } = this.#options;
    const goOn = queryMender(ledger);
    const sendAgain = containerMender({
      memberId: config.memberId,
      contributionsFolder: config.contributionsFolder,
      gatewayUrl: config.gatewayUrl,
      headers: () => this.#gatewayHeaders(),
    });
    return {
      'missed-attempt-deadline': goOn,
      'missed-settlement-deadline': goOn,
      'missed-review-deadline': goOn,
      'stuck-query': goOn,
      'late-contribution': latenessMender(ledger),
      'missed-opening': missedOpeningMender(ledger),
      'incident-open': incidentMender(ledger),
      'upload-missing': sendAgain,
      'container-damaged': sendAgain,
      'event-stream-stalled': () => {
        follower.reconnect();
        return Promise.resolve(`Connected again from block ${follower.height} on.`);
      },
    };
  }

  #containers(): ContainerWatch {
    const { memberId, gatewayUrl, containerMs: everyMs } = this.#options.config;
    const headers = () => this.#gatewayHeaders();
    return new ContainerWatch({ memberId, gatewayUrl, headers, everyMs });
  }

  async #gatewayHeaders(): Promise<Record<string, string>> {
    const { identity, ledger } = this.#parts;
    const token = await createGatewayToken(identity, this.#options.config.gatewayId);
    const height = String(await ledger.height());
    return { authorization: `Bearer ${token}`, [LEDGER_HEIGHT_HEADER]: height };
  }

  async #listen(): Promise<void> {
    const { config } = this.#options;
    const access = new ReaderAccess({
      memberId: config.memberId,
      readers: config.readers,
      ledger: this.#parts.description,
      members: () => this.#keeper.members,
    });
    this.#server = await WatcherServer.listen({
      alerts: this.#parts.alerts,
      access,
      metrics: this.#metrics,
      webhooks: config.webhooks.map(({ name }) => name),
      port: config.port,
    });
    const address = Buffer.from(`${JSON.stringify({ url: this.#server.url })}\n`);
    await writePrivateFile(join(config.folder, ADDRESS_FILE), address);
  }
}
