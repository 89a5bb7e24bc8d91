import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of this gateway; labels never hold an id. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly requestSeconds = new Histogram({
    name: 'veilsum_gateway_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers: [this.registry],
  });

  readonly refusals = new Counter({
    name: 'veilsum_gateway_refusals_total',
    help: 'Failed requests by error code.',
    labelNames: ['code'] as const,
    registers: [this.registry],
  });

  readonly uploadedBytes = new Counter({
    name: 'veilsum_gateway_uploaded_bytes_total',
    help: 'Bytes of containers that were stored.',
    registers: [this.registry],
  });

  readonly verificationSeconds = new Histogram({
    name: 'veilsum_gateway_container_verification_seconds',
    help: 'Time to verify one container.',
    buckets: [0.1, 0.5, 2, 10, 60, 600],
    registers: [this.registry],
  });

  readonly aggregationSeconds = new Histogram({
    name: 'veilsum_gateway_aggregation_seconds',
    help: 'Time to make the aggregates of one query.',
    buckets: [0.1, 0.5, 2, 10, 60, 600],
    registers: [this.registry],
  });

  readonly openQueries = new Gauge({
    name: 'veilsum_gateway_open_queries',
    help: 'Queries that are not final, by status.',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });

  readonly duties = new Counter({
    name: 'veilsum_gateway_duties_total',
    help: 'Transactions sent after a deadline, by kind and outcome.',
    labelNames: ['duty', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly ledgerHeight = new Gauge({
    name: 'veilsum_gateway_ledger_height',
    help: 'Blocks of the ledger copy of this gateway.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'veilsum_gateway_' });
  }
}
