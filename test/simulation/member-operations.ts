import type { MemberRegistration } from '@veilsum/protocol';
import { chance, pickAny, type Operation, type WeightedOperations } from './world.js';

/** Never suspended: without them nothing would go on, or nobody could look. */
const indispensable = new Set(['operator', 'auditor', 'gateway', 'regulator']);

/** Who comes, goes, is suspended and readmitted, as far as that needs no proposal; some try more. */
export function memberOperations(newcomers: readonly MemberRegistration[]): WeightedOperations {
  return [
    [0.2, enrol(newcomers)],
    [1, renewCertificate],
    [0.6, revokeCertificate],
    [0.5, suspend],
    [5, readmit],
    [0.1, leave],
  ];
}

function enrol(newcomers: readonly MemberRegistration[]): Operation {
  return ({ random }) => {
    const registration = pickAny(random, newcomers);
    return registration && byOperator('member', 'register', registration);
  };
}

const suspend: Operation = ({ random, state }) => {
  const able = state
    .list('member')
    .filter(({ memberId, status }) => status === 'active' && !indispensable.has(memberId));
  const member = pickAny(random, able);
  return member && setStatus(member.memberId, 'suspended');
};

const readmit: Operation = ({ random, state }) => {
  const member = pickAny(
    random,
    state.list('member').filter(({ status }) => status === 'suspended'),
  );
  return member && setStatus(member.memberId, 'active');
};

/** Only a merchant of a pair leaves for ever, so that the market goes on. */
const leave: Operation = ({ random }) => {
  const memberId = random.pick(['merchant-2', 'merchant-10']);
  return { ...setStatus(memberId, 'left'), as: memberId };
};

/** A member lets the next certificate speak for it. */
const renewCertificate: Operation = ({ random, state, identities }) => {
  const member = pickAny(random, state.list('member'));
  const next =
    member &&
    identities
      .ofMember(member.memberId)
      .find(({ fingerprint }) => state.get('certificate', fingerprint) === undefined);
  if (next === undefined) return undefined;
  const { memberId, fingerprint } = next;
  return { ...byOperator('member', 'addCertificate', { memberId, fingerprint }), as: memberId };
};

/** Mostly one that was renewed; the member itself does it, or the operator. */
const revokeCertificate: Operation = ({ random, state }) => {
  const able = state
    .list('member')
    .filter(({ memberId }) => !indispensable.has(memberId))
    .filter(({ certificateFingerprints }) => certificateFingerprints.length > 1);
  const member = pickAny(random, chance(random, 0.98) ? able : state.list('member'));
  const fingerprint = member?.certificateFingerprints[0];
  if (member === undefined || fingerprint === undefined || indispensable.has(member.memberId)) {
    return undefined;
  }
  const { memberId } = member;
  const revocation = byOperator('member', 'revokeCertificate', { memberId, fingerprint });
  return chance(random, 0.5) ? revocation : { ...revocation, as: memberId };
};

function setStatus(memberId: string, status: string) {
  return byOperator('member', 'setStatus', { memberId, status });
}

function byOperator(contract: string, transaction: string, argument: unknown) {
  return { as: 'operator', contract, transaction, argument };
}
