import {
  Module,
  StandardSchemaValidationPipe,
  type DynamicModule,
  type Provider,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { Ledger } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';

import { TokenGuard } from './access/token-guard.js';
import { TokenVerifier } from './access/token-verifier.js';
import { AggregateMaker } from './aggregation/aggregate-maker.js';
import { AggregationQueue } from './background/aggregation-queue.js';
import { BackgroundWork } from './background/background-work.js';
import { DeadlineDuties } from './background/deadline-duties.js';
import { LedgerFollower } from './background/ledger-follower.js';
import { ProductsController } from './catalogue/products.controller.js';
import type { ComputePool } from './computing/compute-pool.js';
import { ConsentsController } from './consents/consents.controller.js';
import { ContainerCheck } from './contributions/container-check.js';
import { ContributionService } from './contributions/contribution-service.js';
import { ContributionsController } from './contributions/contributions.controller.js';
import { CommitteeKeys } from './ledger/committee-keys.js';
import { LedgerRecords } from './ledger/ledger-records.js';
import { LedgerView } from './ledger/ledger-view.js';
import { MembersController } from './members/members.controller.js';
import type { ObjectStore } from './objects/object-store.js';
import { OpeningAnswerService } from './openings/opening-answer-service.js';
import { OpeningAnswersController } from './openings/opening-answers.controller.js';
import type { Log } from './operations/log.js';
import { Metrics } from './operations/metrics.js';
import { OperationsController } from './operations/operations.controller.js';
import { ProblemFilter } from './problems/problem-filter.js';
import { AttemptObjectService } from './queries/attempt-object-service.js';
import { AttemptObjectsController } from './queries/attempt-objects.controller.js';
import { QueriesController } from './queries/queries.controller.js';
import { QueryProgress } from './queries/query-progress.js';
import { QueryService } from './queries/query-service.js';
import {
  CLOCK,
  COMPUTE_POOL,
  ENVELOPE_RELAY,
  LEDGER,
  LOG,
  OBJECT_STORE,
  SETTINGS,
  type Clock,
  type GatewaySettings,
} from './settings.js';
import { AccountsController } from './settlement/accounts.controller.js';
import type { EnvelopeRelay } from './transactions/envelope-relay.js';
import { TransactionService } from './transactions/transaction-service.js';
import { TransactionsController } from './transactions/transactions.controller.js';

/** What a gateway is made of, besides its own code; tests give other parts. */
export interface GatewayParts {
  readonly settings: GatewaySettings;
  /** The gateway's own ledger connection, signing as the gateway. */
  readonly ledger: Ledger;
  readonly objects: ObjectStore;
  readonly pool: ComputePool;
  readonly relay: EnvelopeRelay;
  readonly clock: Clock;
  readonly log: Log;
}

/** The whole gateway: one controller for each noun, services behind them, the ledger behind those. */
@Module({})
export class GatewayModule {
  static of(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        OperationsController,
        ProductsController,
        MembersController,
        ConsentsController,
        ContributionsController,
        QueriesController,
        AttemptObjectsController,
        OpeningAnswersController,
        AccountsController,
        TransactionsController,
      ],
      providers: [...given(parts), ...framework, ...services],
    };
  }
}

const services: Provider[] = [
  LedgerRecords,
  LedgerView,
  TokenVerifier,
  CommitteeKeys,
  LedgerFollower,
  Metrics,
  ContainerCheck,
  ContributionService,
  QueryService,
  QueryProgress,
  AttemptObjectService,
  OpeningAnswerService,
  TransactionService,
  AggregateMaker,
  AggregationQueue,
  DeadlineDuties,
  BackgroundWork,
];

const framework: Provider[] = [
  { provide: APP_GUARD, useClass: TokenGuard },
  { provide: APP_FILTER, useClass: ProblemFilter },
  {
    provide: APP_PIPE,
    useFactory: () =>
      new StandardSchemaValidationPipe({
        exceptionFactory: ([issue]) =>
          new VeilsumError(
            'INVALID_ARGUMENT',
            issue === undefined ? 'Not valid.' : sentenceOf(issue),
          ),
      }),
  },
];

function given(parts: GatewayParts): Provider[] {
  return [
    { provide: SETTINGS, useValue: parts.settings },
    { provide: LEDGER, useValue: parts.ledger },
    { provide: OBJECT_STORE, useValue: parts.objects },
    { provide: COMPUTE_POOL, useValue: parts.pool },
    { provide: ENVELOPE_RELAY, useValue: parts.relay },
    { provide: CLOCK, useValue: parts.clock },
    { provide: LOG, useValue: parts.log },
  ];
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Names the field; never its value. */
function sentenceOf({ message, path = [] }: Issue): string {
  const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return names.length === 0 ? message : `${names.join('.')}: ${message}`;
}
