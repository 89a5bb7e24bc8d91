import type { Contribution, Delegation, Product, QueryRecord } from '@veilsum/protocol';
import { sampleHash, sampleId } from '../../chaincode/contracts/src/testing/index.js';
import {
  chance,
  weekOf,
  pickAny,
  type Operation,
  type Submission,
  type WeightedOperations,
  type World,
} from './world.js';

const ANALYSTS = ['analyst-1', 'analyst-1', 'analyst-2', 'analyst-3'] as const;

const EPSILONS_MICRO = [20_000, 20_000, 100_000, 100_000, 300_000, 300_000, 2_000_000] as const;

/** What each function takes. */
const functions = [
  { function: 'count', measures: [] },
  { function: 'sum', measures: ['sales'] },
  { function: 'sum', measures: ['items'] },
  { function: 'mean', measures: ['sales'] },
  { function: 'variance', measures: ['sales'] },
  { function: 'ratio', measures: ['sales', 'items'] },
  { function: 'share', measures: [] },
] as const;

const request: Operation = (world) => asking(world, 'request');
const quote: Operation = (world) => asking(world, 'quote');

/** One more query with the result key of an earlier one, which must not pass. */
const reuseResultKey: Operation = (world) => {
  const earlier = pickAny(world.random, world.state.list('query'));
  const asked = asking(world, 'request');
  if (earlier === undefined || asked === undefined) return undefined;
  const argument = { ...(asked.argument as object), resultKey: earlier.request.resultKey };
  return { ...asked, argument };
};

function asking(world: World, transaction: string): Submission | undefined {
  const { random } = world;
  const subject = drawSubject(world);
  if (subject === undefined) return undefined;
  const name = world.fresh('query');
  const release = random.pick(['noisy', 'noisy', 'exact']);
  const argument = {
    format: 'veilsum-query/1',
    queryId: sampleId(name),
    ...subject,
    purpose: random.pick(['ServiceOptimisation', 'ServiceOptimisation', 'CommercialResearch']),
    ...random.pick(functions),
    groupBy: random.pick([[], ['region']]),
    where: random.pick([{}, {}, { region: ['north'] }]),
    span: chance(random, 0.97) ? 'epoch' : 'lane',
    release,
    epsilonMicro: release === 'exact' ? 0 : random.pick(EPSILONS_MICRO),
    maximumPrice: chance(random, 0.9) ? '5000' : '1000',
    // Any 32 bytes but a few are a key that can be sealed to; the contracts find out about those.
    resultKey: sampleHash(`result key ${name}`),
  };
  const delegation = chance(random, 0.3) ? pickDelegation(world, subject.productId) : undefined;
  if (delegation === undefined) {
    return { as: random.pick(ANALYSTS), contract: 'query', transaction, argument };
  }
  const { agentId, delegationId, purposes } = delegation;
  const purpose = chance(random, 0.9) ? random.pick(purposes) : argument.purpose;
  const delegated = { ...argument, delegationId, purpose };
  return { as: agentId, contract: 'query', transaction, argument: delegated };
}

/** Mostly one that stands. */
function pickDelegation(
  { random, state, ledger }: World,
  productId: Product['productId'],
): Delegation | undefined {
  const all = state.list('delegation');
  const standing = all
    .filter(({ status, notAfter }) => status === 'active' && notAfter >= ledger.now())
    .filter(({ productIds }) => productIds?.includes(productId) ?? true);
  return pickAny(random, chance(random, 0.9) ? standing : all);
}

/** Mostly a product and epoch of which something was stored lately. */
function drawSubject({ random, state, ledger }: World) {
  const stored = state.list('contribution').filter(({ status }) => status === 'stored');
  const found = chance(random, 0.95) ? pickAny(random, inLargestEpochs(stored)) : undefined;
  if (found !== undefined) {
    const { productId, productVersion, epoch } = found;
    return { productId, productVersion, epoch };
  }
  const product = pickAny(random, state.list('product'));
  if (product === undefined) return undefined;
  const { productId, version: productVersion } = product;
  return { productId, productVersion, epoch: weekOf(ledger.now(), random.below(2)) };
}

/** Contributions of the latest three epochs, and of earlier ones those that many share. */
function inLargestEpochs(stored: readonly Contribution[]): readonly Contribution[] {
  const sizes = new Map<string, number>();
  const keyOf = ({ productId, epoch }: Contribution): string => `${epoch} ${productId}`;
  for (const one of stored) sizes.set(keyOf(one), (sizes.get(keyOf(one)) ?? 0) + 1);
  const keys = [...sizes.keys()].sort().slice(-6);
  return stored.filter((one) => keys.includes(keyOf(one)) && (sizes.get(keyOf(one)) ?? 0) > 2);
}

/** A keyholder of the query does what its temperament has it do. */
const blind: Operation = (world) => {
  const query = pickOpen(world, ['authorised'], 0.85);
  const seat = query && takeSeat(world, query, 'blinding');
  if (query === undefined || seat === undefined) return undefined;
  if (seat.refuses) return refusal(query, seat);
  const blindingHash = sampleHash(
    `blinding ${query.queryId} ${query.attempt?.attempt} ${seat.index}`,
  );
  const argument = { ...named(query), blindingHash };
  return { as: seat.keyholder, contract: 'query', transaction: 'commitBlinding', argument };
};

const release: Operation = (world) => {
  const query = pickOpen(world, ['blinded', 'blinded', 'blinded', 'released'], 0.85);
  const seat = query && takeSeat(world, query, 'share');
  if (query === undefined || seat === undefined) return undefined;
  if (seat.refuses) return refusal(query, seat);
  const final = chance(world.random, 0.96) ? 'final' : `final by ${seat.keyholder}`;
  const argument = {
    ...named(query),
    finalHash: sampleHash(`${final} ${query.queryId} ${query.attempt?.attempt}`),
    shareHash: sampleHash(sealedText(query.queryId, seat.index)),
  };
  return { as: seat.keyholder, contract: 'query', transaction: 'releaseShare', argument };
};

interface Seat {
  readonly keyholder: string;
  readonly index: number;
  readonly refuses: boolean;
}

function takeSeat(
  world: World,
  query: QueryRecord,
  recorded: 'blinding' | 'share',
): Seat | undefined {
  const { random, state, temperamentOf } = world;
  const keyholders = keyholdersOf(world, query);
  const attempt = String(named(query).attempt).padStart(3, '0');
  const done = state.list(recorded, query.queryId, attempt).map(({ index }) => index);
  const free = keyholders.map((_, at) => at + 1).filter((index) => !done.includes(index));
  // Now and then one that has acted already, as after a lost answer.
  const index = chance(random, 0.95) ? pickAny(random, free) : random.pick([1, 2, 3]);
  const keyholder = index === undefined ? undefined : keyholders[index - 1];
  if (index === undefined || keyholder === undefined) return undefined;
  const temperament = temperamentOf(keyholder, query.queryId);
  const acts = { honest: 1, late: 0.4, refusing: 0.9, silent: 0.05 }[temperament];
  if (!chance(random, acts)) return undefined;
  const refuses = chance(random, temperament === 'refusing' ? 0.3 : 0.01);
  return { keyholder, index, refuses };
}

function keyholdersOf({ state }: World, { plan }: QueryRecord): readonly string[] {
  return (plan && state.get('committeeKey', plan.keyId)?.keyholders) ?? [];
}

function refusal(query: QueryRecord, { keyholder }: Seat): Submission {
  const argument = {
    ...named(query),
    code: 'CONSENT_EXPIRED',
    reason: 'By my own clock it expired.',
  };
  return { as: keyholder, contract: 'query', transaction: 'refuseShare', argument };
}

const closeBlinding: Operation = (world) => {
  const query = pickOpen(world, ['authorised']);
  if (query === undefined) return undefined;
  const argument = { queryId: query.queryId, attempt: query.attempt?.attempt ?? 1 };
  return { as: drawAnyone(world), contract: 'query', transaction: 'closeBlinding', argument };
};

const dispute: Operation = (world) => {
  const query = pickOpen(world, ['released']);
  const share = query && pickAny(world.random, sharesOf(world, query));
  if (query === undefined || share === undefined) return undefined;
  const { attempt } = named(query);
  const argument = { queryId: query.queryId, attempt, index: share.index };
  return { as: query.analystId, contract: 'query', transaction: 'disputeShare', argument };
};

const answerDispute: Operation = ({ random, state }) => {
  const open = state.list('dispute').filter(({ status }) => status === 'open');
  const found = pickAny(random, open.slice(-10));
  if (found === undefined) return undefined;
  const { queryId, attempt, index } = found;
  const query = state.get('query', queryId);
  const keyholder = state.get('committeeKey', query?.plan?.keyId ?? '')?.keyholders[index - 1];
  if (keyholder === undefined) return undefined;
  const text = chance(random, 0.9) ? sealedText(queryId, index) : 'other bytes';
  const argument = { queryId, attempt, index, sealedShare: Buffer.from(text).toString('base64') };
  return { as: keyholder, contract: 'query', transaction: 'answerDispute', argument };
};

/** A step that names the query only. */
function plainStep(
  transaction: string,
  statuses: readonly QueryRecord['status'][],
  signer: (world: World, query: QueryRecord) => string,
): Operation {
  return (world) => {
    const query = pickOpen(world, statuses);
    if (query === undefined) return undefined;
    const argument = { queryId: query.queryId };
    return { as: signer(world, query), contract: 'query', transaction, argument };
  };
}

const byAnalyst = (_: World, { analystId }: QueryRecord): string => analystId;

/** Queries from the request to their end, pushed on by those concerned and by impatient strangers. */
export const queryOperations: WeightedOperations = [
  [12, request],
  [1, quote],
  [0.4, reuseResultKey],
  [32, blind],
  [30, release],
  [3, closeBlinding],
  [7, plainStep('nextAttempt', ['authorised', 'blinded'], drawAnyone)],
  [2, plainStep('expire', ['authorised', 'blinded', 'released'], drawAnyone)],
  [0.4, plainStep('expire', ['authorised', 'blinded'], byAnalyst)],
  [4, plainStep('accept', ['released', 'released', 'blinded'], byAnalyst)],
  [0.5, plainStep('accept', ['released', 'settled'], drawAnyone)],
  [4, plainStep('settle', ['released'], drawAnyone)],
  [3, dispute],
  [5, answerDispute],
];

/** The impatient stranger most of all. */
function drawAnyone({ random }: World): string {
  return random.pick(['stranger', 'stranger', 'merchant-5', 'gateway', 'analyst-1']);
}

/**
 * Of the latest queries in these statuses; now and then of any.
 * @param onTime how probably one is left out whose deadline has passed
 */
function pickOpen(
  { random, state, ledger }: World,
  statuses: readonly QueryRecord['status'][],
  onTime = 0,
): QueryRecord | undefined {
  const wanted = random.pick(statuses);
  const all = state.list('query');
  const earliest = chance(random, onTime) ? ledger.now() : 0;
  const open = all.filter(({ status, attempt }) => {
    const { blindingDeadline = 0, releaseDeadline = 0 } = attempt ?? {};
    return status === wanted && Math.max(blindingDeadline, releaseDeadline) >= earliest;
  });
  return pickAny(random, chance(random, 0.97) ? open.slice(-5) : all.slice(-20));
}

function named({ queryId, planHash, attempt }: QueryRecord) {
  return { queryId, planHash, attempt: attempt?.attempt ?? 1 };
}

function sharesOf({ state }: World, query: QueryRecord) {
  return state.list('share', query.queryId, String(named(query).attempt).padStart(3, '0'));
}

/** The bytes that a keyholder would hand over; only their hash is on the ledger. */
const sealedText = (queryId: string, index: number): string => `sealed ${index} of ${queryId}`;
