import {
  VeilsumError,
  type Contribution,
  type Member,
  type Opening,
  type OpeningTask,
  type Product,
  type Verdict,
} from '@veilsum/protocol';
import { epochPeriod } from '../product/epoch-period.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';
import { isRandomnessOf } from './opening-choice.js';

const DAY_MS = 86_400_000;

type Person = Pick<Member, 'memberId' | 'legalEntityId'>;

/** What the fixing of randomness is held against. */
export interface OpeningCommitmentFacts {
  readonly epoch: string;
  /** Every version of the product id. */
  readonly versions: readonly Pick<Product, 'openings' | 'epochs'>[];
  /** Every contribution to the product id and epoch. */
  readonly contributions: readonly Pick<Contribution, 'status'>[];
  /** Whether the auditor's legal entity has an opening of this product id and epoch. */
  readonly hasOpening: boolean;
}

/** Whether an auditor may fix its randomness: before anything is stored, and once (docs/protocol.md §9). */
export function checkOpeningCommitment(facts: OpeningCommitmentFacts): Verdict {
  const { epoch } = facts;
  return verdictOf([
    outcomeOf('opening-agreed', agreementFault(facts), { epoch }),
    outcomeOf('opening-epoch', epochFault(facts), { epoch }),
    outcomeOf('opening-before', beforeFault(facts), { epoch }),
    outcomeOf(
      'opening-single',
      facts.hasOpening
        ? {
            code: 'OPENING_STANDS',
            sentence: 'A legal entity opens a product and epoch once.',
          }
        : undefined,
    ),
  ]);
}

/** What a revealing is held against. */
export interface OpeningRevealFacts {
  readonly opening: Pick<Opening, 'auditorId' | 'status' | 'epoch' | 'randomnessHash'>;
  readonly randomness: string;
  readonly callerId: string;
  /** Every version of the product id. */
  readonly versions: readonly Pick<Product, 'epochs'>[];
  /** Number of contributions that can be opened. */
  readonly candidates: number;
  /** Ledger time in milliseconds. */
  readonly now: number;
}

/** Whether an auditor may reveal: what it fixed, once everybody had the time to contribute. */
export function checkOpeningReveal(facts: OpeningRevealFacts): Verdict {
  const { opening, randomness, callerId, candidates, now } = facts;
  const from = revealableFrom(facts);
  return verdictOf([
    outcomeOf('opening-auditor', auditorFault(opening.auditorId, callerId)),
    outcomeOf(
      'opening-status',
      opening.status === 'committed'
        ? undefined
        : { code: 'INVALID_STATE', sentence: 'The opening was revealed already.' },
    ),
    outcomeOf(
      'opening-randomness',
      isRandomnessOf(randomness, opening.randomnessHash ?? '')
        ? undefined
        : {
            code: 'OPENING_RANDOMNESS',
            sentence: 'The field randomness is not what was fixed before the epoch.',
          },
    ),
    outcomeOf(
      'opening-after',
      now >= from
        ? undefined
        : {
            code: 'DEADLINE_NOT_REACHED',
            sentence: 'The epoch and the days after it, in which contributions come, are not over.',
          },
      { now, from },
    ),
    outcomeOf(
      'opening-candidates',
      candidates > 0
        ? undefined
        : { code: 'INVALID_STATE', sentence: 'There is no contribution that could be opened.' },
      { candidates },
    ),
  ]);
}

/** From when on an opening may be revealed, in milliseconds: the latest that any version says. */
function revealableFrom({ versions, opening }: OpeningRevealFacts): number {
  const ends = versions.flatMap(({ epochs }) => {
    try {
      return [epochPeriod(epochs.calendar, opening.epoch).endMs + epochs.graceDays * DAY_MS];
    } catch (error) {
      if (error instanceof VeilsumError) return [];
      throw error;
    }
  });
  return Math.max(...ends);
}

/** Whether a contributor may name its answer: its own, and before the gateway holds one. */
export function checkOpeningAnswer(
  task: Pick<OpeningTask, 'contributorId' | 'status'>,
  callerId: string,
): Verdict {
  return verdictOf([
    outcomeOf('opening-contributor', contributorFault(task, callerId)),
    outcomeOf(
      'opening-status',
      task.status === 'due' || task.status === 'named'
        ? undefined
        : { code: 'INVALID_STATE', sentence: `The answer is ${task.status}.` },
      { status: task.status },
    ),
  ]);
}

/** Whether the gateway may record that it holds the answer. */
export function checkDelivery(
  { status, answerHash }: Pick<OpeningTask, 'status' | 'answerHash'>,
  deliveredHash: string,
): Verdict {
  return verdictOf([
    outcomeOf(
      'opening-status',
      status === 'named'
        ? undefined
        : { code: 'INVALID_STATE', sentence: `The answer is ${status}.` },
      { status },
    ),
    outcomeOf(
      'opening-answer',
      answerHash === deliveredHash
        ? undefined
        : {
            code: 'OPENING_ANSWER_HASH',
            sentence: 'The bytes are not the answer that the contributor named.',
          },
    ),
  ]);
}

/** Whether somebody may conclude: whom the answer was sealed to, once the gateway holds it. */
export function checkConclusion(
  task: Pick<OpeningTask, 'judgeId' | 'status'>,
  callerId: string,
): Verdict {
  return verdictOf([
    outcomeOf('opening-auditor', auditorFault(task.judgeId, callerId)),
    outcomeOf(
      'opening-status',
      task.status === 'answered'
        ? undefined
        : { code: 'INVALID_STATE', sentence: `The answer is ${task.status}.` },
      { status: task.status },
    ),
  ]);
}

/** What a contest is held against. */
export interface ContestFacts {
  readonly task: OpeningTask;
  readonly contributor: Person;
  /** Who concluded first. */
  readonly firstJudge: Person;
  readonly judge: Person & Pick<Member, 'roles' | 'status'>;
  readonly callerId: string;
  /** Ledger time in milliseconds. */
  readonly now: number;
}

/** Whether a contributor may ask another to conclude anew: once, soon, and of a third legal entity. */
export function checkContest(facts: ContestFacts): Verdict {
  const { task, callerId } = facts;
  return verdictOf([
    outcomeOf('opening-contributor', contributorFault(task, callerId)),
    outcomeOf('opening-contestable', contestFault(facts)),
    outcomeOf('opening-judge', judgeFault(facts), { judge: facts.judge.memberId }),
  ]);
}

/** Why an opening was not missed; undefined when it was. */
export function missedOpeningFault(
  task: Pick<OpeningTask, 'status' | 'deadline' | 'conclusions'>,
  now: number,
): RuleFailure | undefined {
  const isWaiting = task.status === 'due' || task.status === 'named';
  // Who contests and then stays silent keeps the mismatch, which is worse than having missed it.
  if (!isWaiting || task.conclusions.length > 0) {
    return { code: 'INVALID_STATE', sentence: 'The opening was answered.' };
  }
  return now > task.deadline
    ? undefined
    : { code: 'DEADLINE_NOT_REACHED', sentence: 'The opening can still be answered in time.' };
}

/** Why an opening does not mismatch; undefined when its record says so. */
export function mismatchFault({ status }: Pick<OpeningTask, 'status'>): RuleFailure | undefined {
  return status === 'mismatch'
    ? undefined
    : { code: 'INVALID_STATE', sentence: 'No auditor has concluded that the opening mismatches.' };
}

/** Whether a contributor still has to answer. */
export function isOpeningDue({ status }: Pick<OpeningTask, 'status'>): boolean {
  return status === 'due' || status === 'named';
}

function agreementFault({ versions }: OpeningCommitmentFacts): RuleFailure | undefined {
  return versions.some(({ openings }) => openings !== undefined) ? undefined : notAgreed();
}

/** What a product says that lets nobody open anything of it. */
export function notAgreed(): RuleFailure {
  return {
    code: 'OPENINGS_NOT_AGREED',
    sentence: 'The product does not say that contributions to it may be opened.',
  };
}

function epochFault({ versions, epoch }: OpeningCommitmentFacts): RuleFailure | undefined {
  const fits = versions.some(({ epochs }) => isEpochOf(epochs.calendar, epoch));
  return fits
    ? undefined
    : { code: 'INVALID_ARGUMENT', sentence: `The product has no epoch ${epoch}.` };
}

function isEpochOf(calendar: Product['epochs']['calendar'], epoch: string): boolean {
  try {
    epochPeriod(calendar, epoch);
    return true;
  } catch (error) {
    if (error instanceof VeilsumError) return false;
    throw error;
  }
}

function beforeFault({ contributions }: OpeningCommitmentFacts): RuleFailure | undefined {
  const isStored = contributions.some(({ status }) => status === 'stored' || status === 'frozen');
  return isStored
    ? {
        code: 'OPENING_TOO_LATE',
        sentence:
          'A contribution of the epoch is stored already, so its blocks could be chosen; fix the randomness of a later epoch.',
      }
    : undefined;
}

function auditorFault(auditorId: string, callerId: string): RuleFailure | undefined {
  return auditorId === callerId
    ? undefined
    : { code: 'FORBIDDEN', sentence: `This is for ${auditorId}, whose opening it is.` };
}

function contributorFault(
  { contributorId }: Pick<OpeningTask, 'contributorId'>,
  callerId: string,
): RuleFailure | undefined {
  return contributorId === callerId
    ? undefined
    : { code: 'FORBIDDEN', sentence: 'Only the contributor opens its contribution.' };
}

function contestFault({ task, now }: ContestFacts): RuleFailure | undefined {
  const [first, second] = task.conclusions;
  if (task.status !== 'mismatch' || first === undefined || second !== undefined) {
    return { code: 'INVALID_STATE', sentence: 'Only a first mismatch can be contested.' };
  }
  return now <= first.concludedAt + task.answerMs
    ? undefined
    : { code: 'INVALID_STATE', sentence: 'The time to contest the mismatch is over.' };
}

function judgeFault({ judge, firstJudge, contributor }: ContestFacts): RuleFailure | undefined {
  const mayJudge = judge.roles.includes('auditor') || judge.roles.includes('regulator');
  if (!mayJudge || judge.status !== 'active') {
    return {
      code: 'FORBIDDEN',
      sentence: 'The field judgeId must name an active auditor or regulator.',
    };
  }
  const isInvolved = [firstJudge, contributor].some(
    ({ legalEntityId }) => legalEntityId === judge.legalEntityId,
  );
  return isInvolved
    ? {
        code: 'FORBIDDEN',
        sentence:
          'The field judgeId must name a member of a legal entity that neither concluded nor contributed.',
      }
    : undefined;
}
