import type { Incident } from '@veilsum/protocol';
import { sampleHash, sampleId } from '../../chaincode/contracts/src/testing/index.js';
import { HOUR_MS, MINUTE_MS } from './durations.js';
import {
  chance,
  pickAny,
  weekOf,
  type Operation,
  type Submission,
  type WeightedOperations,
  type World,
} from './world.js';

/** A merchant says by when it will contribute; whether it does is another matter. */
const commit: Operation = (world) => {
  const { random, state, ledger } = world;
  const consent = pickAny(
    random,
    state.list('consent').filter(({ status }) => status === 'active'),
  );
  if (consent === undefined) return undefined;
  const { productId, productVersion, contributorId } = consent;
  const argument = {
    commitmentId: sampleId(world.fresh('commitment')),
    productId,
    productVersion,
    epoch: weekOf(ledger.now()),
    dueAt: ledger.now() + random.pick([10 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS]),
  };
  return { as: contributorId, contract: 'commitment', transaction: 'make', argument };
};

const takeBack: Operation = ({ random, state }) => {
  const commitment = pickAny(
    random,
    state.list('commitment').filter(({ status }) => status === 'open'),
  );
  if (commitment === undefined) return undefined;
  const { contributorId: as, commitmentId } = commitment;
  return { as, contract: 'commitment', transaction: 'withdraw', argument: { commitmentId } };
};

/** Whoever sees a contribution missing says so; now and then before it is due. */
const reportLate: Operation = ({ random, state, ledger }) => {
  const open = state.list('commitment').filter(({ status }) => status === 'open');
  const late = open.filter(({ dueAt }) => dueAt < ledger.now());
  const commitment = pickAny(random, chance(random, 0.9) ? late : open);
  if (commitment === undefined) return undefined;
  const { commitmentId } = commitment;
  return reported('stranger', { kind: 'late-contribution', commitmentId });
};

/** What an overseer keeps evidence of: an old mapping, a bad share, a use for something else. */
const accuse: Operation = ({ random, state }) => {
  const evidenceHash = sampleHash('evidence');
  const as = random.pick(['operator', 'regulator', 'auditor', 'merchant-6']);
  const stored = pickAny(
    random,
    state.list('contribution').filter(({ status }) => status === 'stored'),
  );
  const query = pickAny(
    random,
    state.list('query').filter(({ status }) => status === 'settled'),
  );
  if (stored === undefined || query === undefined) return undefined;
  const { contributorId: memberId, productId, epoch } = stored;
  const { queryId, attempt } = query;
  return reported(
    as,
    random.pick([
      { kind: 'stale-mapping', memberId, productId, epoch, evidenceHash },
      {
        kind: 'bad-decryption-share',
        queryId,
        attempt: attempt?.attempt ?? 1,
        index: random.pick([1, 2, 3]),
        evidenceHash,
      },
      { kind: 'use-outside-purpose', queryId, evidenceHash },
    ]),
  );
};

/** Points out that an incident was mended, or was not in time. */
const moveOn: Operation = (world) => {
  const incident = pickIncident(world, 'open');
  const transaction = world.random.pick(['rectify', 'escalate', 'escalate']);
  return incident && aboutIncident('stranger', transaction, incident);
};

/** An operator and a regulator each decide; mostly the same, since they have talked. */
const decide: Operation = (world) => {
  const { random } = world;
  const incident = pickIncident(world, chance(random, 0.9) ? 'escalated' : 'open');
  if (incident === undefined) return undefined;
  const agreed = parseInt(incident.incidentId.slice(0, 4), 16) % 3;
  const action = ['penalise', 'lift', 'close'][chance(random, 0.9) ? agreed : random.below(3)];
  const amount = action === 'penalise' ? { amount: random.pick(['0', '0', '3']) } : {};
  const judge = random.pick(['operator', 'treasurer', 'regulator', 'regulator']);
  const submission = aboutIncident(judge, action ?? 'close', incident);
  const argument = { ...(submission.argument as object), ...amount, reason: 'As we agreed.' };
  return { ...submission, argument };
};

const releaseRewards: Operation = ({ random, state }) => {
  const frozen = [...state.list('balance'), ...state.list('credit')]
    .map(({ accountId }) => accountId)
    .filter((accountId) => accountId.startsWith('frozen:'));
  const account = pickAny(random, frozen);
  if (account === undefined) return undefined;
  const argument = { memberId: account.slice('frozen:'.length) };
  return { as: 'stranger', contract: 'incident', transaction: 'releaseRewards', argument };
};

const ask: Operation = (world) => {
  const questionId = sampleId(world.fresh('question'));
  const argument = { questionId, topic: 'Consent', text: 'What is a consent for?' };
  return { as: 'merchant-5', contract: 'question', transaction: 'ask', argument };
};

const answer: Operation = ({ random, state }) => {
  const question = pickAny(random, state.list('question'));
  const as = random.pick(['regulator', 'operator', 'merchant-6']);
  const text = random.pick(['For a use.', 'For a use, as its terms say.']);
  return (
    question && {
      as,
      contract: 'question',
      transaction: 'answer',
      argument: { questionId: question.questionId, text },
    }
  );
};

/** Commitments that are kept or not, incidents and what follows from them, questions in public. */
export const oversightOperations: WeightedOperations = [
  [1, commit],
  [0.2, takeBack],
  [1.5, reportLate],
  [0.6, accuse],
  [2, moveOn],
  [4, decide],
  [1, releaseRewards],
  [0.2, ask],
  [0.3, answer],
];

function reported(as: string, argument: unknown): Submission {
  return { as, contract: 'incident', transaction: 'open', argument };
}

function aboutIncident(as: string, transaction: string, { incidentId }: Incident): Submission {
  return { as, contract: 'incident', transaction, argument: { incidentId } };
}

function pickIncident({ random, state }: World, wanted: Incident['status']): Incident | undefined {
  const all = state.list('incident');
  const found = all.filter(({ status }) => status === wanted);
  return pickAny(random, chance(random, 0.95) ? found : all);
}
