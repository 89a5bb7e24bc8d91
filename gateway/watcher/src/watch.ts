import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from '@veilsum/ledger';
import type { Alert } from '@veilsum/protocol';
import { changedAlerts, withAttempt } from './alerts/alert-book.js';
import type { AlertLog } from './alerts/alert-log.js';
import type { WatcherConfig } from './config.js';
import type { ContainerWatch } from './container-watch.js';
import type { DetectorContext } from './detectors/detector.js';
import type { Finding } from './detectors/finding.js';
import { gatewayDetectors, type ExpectedGateway } from './detectors/gateway-detectors.js';
import { ledgerDetectors } from './detectors/ledger-detectors.js';
import { detectStreamTrouble, type StreamPicture } from './detectors/stream-detectors.js';
import { wordsOf, type Log } from './log.js';
import type { Menders } from './mending/mender.js';
import { addLook, type GatewayPicture } from './picture/gateway-picture.js';
import { lookAtGateway } from './picture/gateway-probe.js';
import type { LedgerFollower } from './picture/ledger-follower.js';
import type { LedgerPicture } from './picture/ledger-picture.js';
import type { PictureKeeper } from './picture/picture-keeper.js';
import type { WatcherMetrics } from './service/watcher-metrics.js';

/** Everything is read anew from time to time, in case something changed without an event. */
const REREAD_MS = 10 * 60_000;
/** How soon a new alert is seen by what mends. */
const MEND_LOOK_MS = 1000;

export interface WatchOptions {
  readonly config: WatcherConfig;
  readonly expected: ExpectedGateway;
  readonly ledger: Pick<Ledger, 'height'>;
  readonly keeper: PictureKeeper;
  readonly follower: LedgerFollower;
  readonly alerts: AlertLog;
  /** Absent when this member's contributions are not on this machine. */
  readonly containers?: ContainerWatch;
  readonly menders: Menders;
  readonly metrics: WatcherMetrics;
  readonly log: Log;
}

/** What was looked at: alerts whose cause lies elsewhere stay as they are. */
type Source = 'ledger' | 'gateway' | 'containers' | 'own view';

/** Looks at ledger and gateway again and again, keeps the alerts, and mends what it can. */
export class Watch {
  readonly #options: WatchOptions;
  #wake = new AbortController();
  #stream: StreamPicture = {};
  #picture: LedgerPicture | undefined;
  #gateway: GatewayPicture | undefined;
  #ledgerHeight: number | undefined;
  #rereadAt = 0;
  readonly #mendAt = new Map<string, number>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Looks at the ledger at once, e.g. since it has moved. */
  wake(): void {
    this.#wake.abort();
  }

  /** Works until told to stop. @throws when the alerts cannot be written */
  async run(signal: AbortSignal): Promise<void> {
    const works = [this.#watchLedger(signal), this.#watchGateway(signal)];
    if (this.#options.containers !== undefined) works.push(this.#watchContainers(signal));
    if (this.#options.config.mend) works.push(this.#keepMending(signal));
    await Promise.all(works);
  }

  /** Apart from looking: sending a container again takes long. */
  async #keepMending(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#mend();
      await pause(Math.min(this.#options.config.lookMs, MEND_LOOK_MS), signal);
    }
  }

  async #watchLedger(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#lookAtLedger();
      await this.#lookAtStream();
      await pause(this.#options.config.lookMs, signal, this.#wake.signal);
    }
  }

  async #watchGateway(signal: AbortSignal): Promise<void> {
    const { config, expected } = this.#options;
    const { thresholds, gatewayUrl, probeMs } = config;
    while (!signal.aborted) {
      const look = await lookAtGateway(gatewayUrl, Date.now(), this.#ledgerHeight);
      this.#gateway = addLook(this.#gateway, look, thresholds.ledgerLag.blocks);
      const picture = this.#gateway;
      const context = this.#context();
      const findings = gatewayDetectors.flatMap((detect) => detect(picture, expected, context));
      await this.#keep('gateway', findings);
      await pause(probeMs, signal);
    }
  }

  /** Apart from the ledger: reading a container back takes long. */
  async #watchContainers(signal: AbortSignal): Promise<void> {
    const { config, containers } = this.#options;
    while (!signal.aborted) {
      if (this.#picture !== undefined && containers !== undefined) {
        await this.#keep('containers', await containers.look(this.#picture, Date.now()));
      }
      await pause(config.probeMs, signal);
    }
  }

  async #lookAtLedger(): Promise<void> {
    const { ledger, keeper, follower, alerts } = this.#options;
    if (follower.contradiction !== undefined) return;
    try {
      if (Date.now() >= this.#rereadAt) {
        keeper.noticeAll();
        this.#rereadAt = Date.now() + REREAD_MS;
      }
      // Read first: what comes afterwards is looked at again rather than never.
      const seen = follower.height;
      this.#ledgerHeight = await ledger.height();
      const picture = await keeper.look();
      this.#picture = picture;
      const context = this.#context();
      const findings = ledgerDetectors.flatMap((detect) => detect(picture, context));
      await this.#keep('ledger', findings, Math.max(seen, alerts.height));
      this.#stream = this.#withoutSilence();
    } catch (error) {
      this.#blame(error);
    }
  }

  #withoutSilence(): StreamPicture {
    const { stalledSince } = this.#stream;
    return stalledSince === undefined ? {} : { stalledSince };
  }

  #blame(error: unknown): void {
    const { follower, log } = this.#options;
    follower.judge(error);
    this.#ledgerHeight = undefined;
    this.#stream = { ...this.#stream, silentSince: this.#stream.silentSince ?? Date.now() };
    log.warn(wordsOf(error), 'the ledger gave no answer');
  }

  async #lookAtStream(): Promise<void> {
    const { follower } = this.#options;
    const { silentSince } = this.#stream;
    const isBehind = this.#ledgerHeight !== undefined && follower.height < this.#ledgerHeight;
    this.#stream = {
      ...(silentSince === undefined ? {} : { silentSince }),
      ...(isBehind ? { stalledSince: this.#stream.stalledSince ?? Date.now() } : {}),
      ...(follower.contradiction === undefined ? {} : { contradiction: follower.contradiction }),
    };
    await this.#keep('own view', detectStreamTrouble(this.#stream, this.#context()));
  }

  /** Writes what changed. */
  async #keep(source: Source, findings: readonly Finding[], height?: number): Promise<void> {
    const { alerts, config, metrics, log } = this.#options;
    const wanted = findings.filter((finding) => concerns(finding, config));
    const rules = { now: Date.now(), since: alerts.since, quietMs: config.quietMs };
    const looked = (alert: Alert) => sourceOf(alert) === source;
    const changed = changedAlerts(alerts.latest, wanted, looked, rules);
    await alerts.record(changed, height);
    metrics.count(changed);
    metrics.ledgerHeight.set(alerts.height);
    for (const { kind, alertId, status, revision } of changed)
      log.info({ kind, alertId, status, revision }, 'an alert changed');
  }

  async #mend(): Promise<void> {
    const { alerts, menders, config } = this.#options;
    for (const alert of [...alerts.latest.values()]) {
      if (alert.status !== 'open' || menders[alert.kind] === undefined) continue;
      if (Date.now() < (this.#mendAt.get(alert.alertId) ?? 0)) continue;
      this.#mendAt.set(alert.alertId, Date.now() + config.mendMs);
      await this.#attempt(alert);
    }
  }

  async #attempt(alert: Alert): Promise<void> {
    const { alerts, menders, metrics } = this.#options;
    const attempted = await attemptOf(() => menders[alert.kind]?.(alert));
    if (attempted === undefined) return;
    const { kind } = alert;
    metrics.mendings.inc({ kind, outcome: attempted.succeeded ? 'done' : 'failed' });
    // It may have changed while it was mended.
    const next = withAttempt(alerts.latest.get(alert.alertId) ?? alert, attempted);
    if (next !== undefined) await alerts.record([next]);
    if (attempted.succeeded) this.wake();
  }

  #context(): DetectorContext {
    return { now: Date.now(), thresholds: this.#options.config.thresholds };
  }
}

async function attemptOf(
  mend: () => Promise<string | undefined> | undefined,
): Promise<Alert['attempted']> {
  try {
    const sentence = await mend();
    return sentence === undefined ? undefined : { at: Date.now(), succeeded: true, sentence };
  } catch (error) {
    const { code, reason } = wordsOf(error);
    const sentence = `The watcher tried to mend this and was told ${code}: ${reason}`;
    return { at: Date.now(), succeeded: false, sentence };
  }
}

function concerns(finding: Finding, { scope, memberId }: WatcherConfig): boolean {
  return scope === 'all' || finding.concerns.length === 0 || finding.concerns.includes(memberId);
}

function sourceOf({ subject, kind }: Alert): Source {
  if (kind === 'container-damaged') return 'containers';
  if (subject.startsWith('gateway:') || subject.startsWith('source:gateway/')) return 'gateway';
  return subject.startsWith('ledger:') ? 'own view' : 'ledger';
}

async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  await delay(ms, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => undefined);
}
