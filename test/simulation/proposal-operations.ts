import type { MemberRegistration, Proposal } from '@veilsum/protocol';
import { sampleHash, sampleId } from '../../chaincode/contracts/src/testing/index.js';
import { committeeKeyOf, joiningOrganisation, productDefinitions } from './cast.js';
import { DAY_MS, HOUR_MS } from './durations.js';
import { rewardSchemeOf, rulebookOf } from './rule-contents.js';
import {
  chance,
  pickAny,
  type Operation,
  type Submission,
  type WeightedOperations,
  type World,
} from './world.js';

/** Roles that speak for an organisation about the rules. */
export const POWERS: ReadonlySet<string> = new Set([
  'operator',
  'keyholder',
  'regulator',
  'auditor',
]);

/** Changes of the rules: proposed, approved by those who are asked and by others, rejected, taken back. */
export function proposalOperations(newcomers: readonly MemberRegistration[]): WeightedOperations {
  return [
    [0.3, proposing((world) => enrolment(world, newcomers))],
    [0.2, proposing(() => ['organisation', joiningOrganisation])],
    [0.8, proposing(renewal)],
    [0.3, proposing(suspension)],
    [2, proposing(readmission)],
    [0.15, proposing(nextKey)],
    [0.01, proposing(retirement)],
    [0.1, proposing(() => ['standard', productDefinitions.at(-1)])],
    [0.2, proposing(nextRulebook)],
    [0.2, proposing(nextRewardScheme)],
    [9, approve],
    [0.2, reject],
    [0.2, withdraw],
  ];
}

type Proposed = readonly [kind: string, content: unknown];

/** The submission of a proposal, mostly by the operator. */
export function proposal(world: World, [kind, content]: Proposed): Submission {
  const { random, ledger } = world;
  const lifetimeMs = random.pick([HOUR_MS, 2 * DAY_MS, 30 * DAY_MS]);
  const argument = {
    format: 'veilsum-proposal/1',
    proposalId: sampleId(world.fresh('proposal')),
    kind,
    content,
    reason: 'It is time for it.',
    expiresAt: ledger.now() + lifetimeMs,
  };
  const as = chance(random, 0.8) ? 'operator' : random.pick(['regulator', 'merchant-5']);
  return { as, contract: 'proposal', transaction: 'submit', argument };
}

function proposing(draw: (world: World) => Proposed | undefined): Operation {
  return (world) => {
    const proposed = draw(world);
    return proposed && proposal(world, proposed);
  };
}

function enrolment({ random }: World, newcomers: readonly MemberRegistration[]): Proposed {
  return ['member', { registrations: [random.pick(newcomers)] }];
}

function renewal({ random, state, identities }: World): Proposed | undefined {
  const member = pickAny(random, state.list('member'));
  const next =
    member &&
    identities
      .ofMember(member.memberId)
      .find(({ fingerprint }) => state.get('certificate', fingerprint) === undefined);
  if (next === undefined) return undefined;
  const { memberId, fingerprint } = next;
  return ['memberCertificate', { memberId, fingerprint }];
}

function suspension({ random, state }: World): Proposed | undefined {
  const able = state
    .list('member')
    .filter(({ memberId, status }) => status === 'active' && memberId.startsWith('keyholder'));
  const member = pickAny(random, able);
  return member && ['memberStatus', { memberId: member.memberId, status: 'suspended' }];
}

function readmission({ random, state }: World): Proposed | undefined {
  const suspended = state.list('member').filter(({ status }) => status === 'suspended');
  const member = pickAny(random, suspended);
  return member && ['memberStatus', { memberId: member.memberId, status: 'active' }];
}

function nextKey({ state, keys }: World): Proposed | undefined {
  const number = keys.findIndex(
    ({ record }) => state.get('committeeKey', record.keyId) === undefined,
  );
  return number < 0 ? undefined : ['committeeKey', committeeKeyOf(keys, number)];
}

/** Ends an old key; contributions under it stay closed from then on. */
function retirement({ random, state }: World): Proposed | undefined {
  const current = state.list('currentKey')[0]?.keyId;
  const old = state
    .list('committeeKey')
    .filter(({ keyId, status }) => status === 'active' && keyId !== current);
  const key = pickAny(random, old);
  return key && ['committeeKeyRetirement', { keyId: key.keyId }];
}

function nextRulebook({ random, state, ledger }: World): Proposed {
  const version = 1 + state.list('rulebook').length;
  return ['rulebook', rulebookOf(version, ledger.now() + random.pick([0, HOUR_MS, DAY_MS]))];
}

/** In force some time after it is adopted, if that comes in time. */
function nextRewardScheme({ random, state, ledger }: World): Proposed {
  const version = 1 + state.list('rewardScheme').length;
  const effectiveFrom = ledger.now() + random.pick([HOUR_MS, 3 * DAY_MS]);
  return ['rewardScheme', rewardSchemeOf(version, effectiveFrom)];
}

const approve: Operation = (world) => {
  const found = pickOpen(world);
  const speaker = found && pickSpeaker(world, found);
  if (found === undefined || speaker === undefined) return undefined;
  const { proposalId } = found;
  const contentHash = chance(world.random, 0.97) ? found.contentHash : sampleHash('unread');
  return { ...spoken('approve', speaker), argument: { proposalId, contentHash } };
};

const reject: Operation = (world) => {
  const found = pickOpen(world);
  const speaker = found && pickSpeaker(world, found);
  if (found === undefined || speaker === undefined) return undefined;
  const argument = { proposalId: found.proposalId, reason: 'It is too early for it.' };
  return { ...spoken('reject', speaker), argument };
};

const withdraw: Operation = (world) => {
  const found = pickOpen(world);
  if (found === undefined) return undefined;
  const { proposalId, proposedBy } = found;
  return { ...spoken('withdraw', proposedBy), argument: { proposalId } };
};

function spoken(transaction: string, as: string) {
  return { as, contract: 'proposal', transaction };
}

/** Mostly one that can still be decided. */
function pickOpen({ random, state, ledger }: World): Proposal | undefined {
  const all = state.list('proposal');
  const open = all.filter(
    ({ status, expiresAt }) => status === 'open' && expiresAt >= ledger.now(),
  );
  return pickAny(random, chance(random, 0.95) ? open : all.slice(-20));
}

/** Mostly of an organisation that has not spoken yet. */
function pickSpeaker({ random, state }: World, { approvals }: Proposal): string | undefined {
  const powerful = state.list('member').filter(({ roles }) => roles.some((one) => POWERS.has(one)));
  const silent = powerful.filter(({ mspId }) => approvals.every((vote) => vote.mspId !== mspId));
  const speaker = pickAny(random, chance(random, 0.9) ? silent : state.list('member'));
  return speaker?.memberId;
}
