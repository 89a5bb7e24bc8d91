import type { Alert } from '@veilsum/protocol';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** Prometheus metrics of a watcher; labels never hold an id of the ledger. */
export class WatcherMetrics {
  readonly registry = new Registry();

  readonly raised = new Counter({
    name: 'veilsum_watcher_alerts_total',
    help: 'Alerts raised since the process began.',
    labelNames: ['kind', 'severity'] as const,
    registers: [this.registry],
  });

  readonly open = new Gauge({
    name: 'veilsum_watcher_open_alerts',
    help: 'Alerts that are open.',
    labelNames: ['kind', 'severity'] as const,
    registers: [this.registry],
  });

  readonly oldestOpen = new Gauge({
    name: 'veilsum_watcher_oldest_open_alert_seconds',
    help: 'Age of the oldest open alert; 0 without one.',
    registers: [this.registry],
  });

  readonly deliveries = new Counter({
    name: 'veilsum_watcher_deliveries_total',
    help: 'Tries to deliver to webhooks, by what came of them.',
    labelNames: ['webhook', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly pending = new Gauge({
    name: 'veilsum_watcher_pending_deliveries',
    help: 'Revisions of alerts that a webhook has not taken yet.',
    labelNames: ['webhook'] as const,
    registers: [this.registry],
  });

  readonly mendings = new Counter({
    name: 'veilsum_watcher_mendings_total',
    help: 'What the watcher tried to mend by itself.',
    labelNames: ['kind', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly ledgerHeight = new Gauge({
    name: 'veilsum_watcher_ledger_height',
    help: 'Blocks of the ledger that this watcher has looked at.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'veilsum_watcher_' });
  }

  /** Counts what was just raised. */
  count(changed: readonly Alert[]): void {
    for (const { kind, severity, revision } of changed)
      if (revision === 1) this.raised.inc({ kind, severity });
  }

  /** Shows which alerts are open now. */
  show(alerts: Iterable<Alert>, now: number): void {
    this.open.reset();
    let oldest = now;
    for (const { status, kind, severity, at } of alerts) {
      if (status !== 'open') continue;
      this.open.inc({ kind, severity });
      oldest = Math.min(oldest, at);
    }
    this.oldestOpen.set((now - oldest) / 1000);
  }
}
