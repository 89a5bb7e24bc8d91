import { setTimeout as delay } from 'node:timers/promises';
import type { Alert } from '@veilsum/protocol';
import type { AlertLog, SequencedAlert } from '../alerts/alert-log.js';
import type { Log } from '../log.js';
import type { WatcherMetrics } from '../service/watcher-metrics.js';
import { webhookHeaders } from './webhook-signature.js';
import type { WebhookTarget } from './webhook-target.js';

/** How one webhook is tried. */
export interface WebhookPatience {
  /** Longest time for one answer. */
  readonly answerMsMax: number;
  /** Wait after the first failure; doubled after each further one, up to the longest. */
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
  /** How often one revision is offered to a receiver that says it will not have it. */
  readonly rejectionsMax: number;
}

/** Tried within a second, then less and less often; a receiver that was away for a night loses nothing. */
export const webhookPatience: WebhookPatience = {
  answerMsMax: 10_000,
  firstDelayMs: 500,
  delayMsMax: 5 * 60_000,
  rejectionsMax: 5,
};

type Outcome = 'delivered' | 'rejected' | 'failed';

export interface WebhookSenderOptions {
  readonly target: WebhookTarget;
  readonly alerts: AlertLog;
  readonly metrics: WatcherMetrics;
  readonly log: Log;
  readonly patience: WebhookPatience;
}

/**
 * Brings every revision of every alert to one webhook, in order and at least once: what was sent is
 * written down afterwards, so a crash in between sends it again under the same id.
 */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = this.#options.alerts.pendingFor(this.#options.target.name);
      if (next === undefined) await this.#waitForNews(signal);
      else await this.#bring(next, signal);
    }
  }

  /** Tries one revision until it is taken or given up. */
  async #bring(entry: SequencedAlert, signal: AbortSignal): Promise<void> {
    const { target, alerts, metrics, patience, log } = this.#options;
    const giveUpAt = Date.now() + target.retryForMs;
    let rejections = 0;
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#send(entry.alert, signal);
      if (isEnded(signal)) return;
      metrics.deliveries.inc({ webhook: target.name, outcome });
      if (outcome === 'delivered') return alerts.settle(target.name, entry.sequence, 'delivered');
      if (outcome === 'rejected') rejections += 1;
      const pauseMs = pauseAfter(tries, patience);
      if (rejections >= patience.rejectionsMax || Date.now() + pauseMs > giveUpAt) {
        metrics.deliveries.inc({ webhook: target.name, outcome: 'abandoned' });
        log.error(
          { webhook: target.name, alertId: entry.alert.alertId },
          'a delivery was given up',
        );
        return alerts.settle(target.name, entry.sequence, 'abandoned');
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (isEnded(signal)) return;
    }
  }

  async #send(alert: Alert, signal: AbortSignal): Promise<Outcome> {
    const { target, patience } = this.#options;
    const body = deliveryBody(alert);
    const timestamp = Math.floor(Date.now() / 1000);
    const message = { id: deliveryId(alert), timestamp, body };
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        headers: webhookHeaders(message, target.key),
        body,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(patience.answerMsMax)]),
      });
      await response.body?.cancel();
      if (response.ok) return 'delivered';
      return isRejection(response.status) ? 'rejected' : 'failed';
    } catch {
      return 'failed';
    }
  }

  #waitForNews(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        stop();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const stop = this.#options.alerts.onChange(finish);
      signal.addEventListener('abort', finish);
      if (signal.aborted) finish();
    });
  }
}

/** Names one revision, the same at every try: a receiver that has seen it takes it and does nothing. */
export function deliveryId({ alertId, revision }: Alert): string {
  return `${alertId}-${revision}`;
}

/** The body of a delivery, in the form that Standard Webhooks advises. */
export function deliveryBody(alert: Alert): string {
  const type = alert.status === 'mended' ? 'mended' : alert.revision === 1 ? 'opened' : 'changed';
  const { at } = alert.mended ?? alert.attempted ?? alert;
  const timestamp = new Date(at).toISOString();
  return JSON.stringify({ type: `alert.${type}`, timestamp, data: alert });
}

const isEnded = (signal: AbortSignal) => signal.aborted;

/** Half of the wait is left to chance, so that senders that failed together do not come back together. */
function pauseAfter(tries: number, { firstDelayMs, delayMsMax }: WebhookPatience): number {
  const full = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(tries - 1, 30));
  return full / 2 + (Math.random() * full) / 2;
}

/** An answer that another try will not change; too many requests and timeouts are none. */
function isRejection(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}
