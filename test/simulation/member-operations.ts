import type { MemberRegistration } from '@veilsum/protocol';
import { committeeKeyOf, joiningOrganisation, productDefinitions } from './cast.js';
import { chance, pickAny, type Operation, type WeightedOperations } from './world.js';

/** Never suspended: without them nothing would go on, or nobody could look. */
const indispensable = new Set(['operator', 'auditor', 'gateway']);

/** Who comes, goes, is suspended and readmitted; keys and products that come later. */
export function memberOperations(newcomers: readonly MemberRegistration[]): WeightedOperations {
  return [
    [0.4, enrol(newcomers)],
    [0.2, admitOrganisation],
    [1, renewCertificate],
    [0.6, revokeCertificate],
    [0.5, suspend],
    [5, readmit],
    [0.1, leave],
    [0.15, rotateKey],
    [0.02, retireKey],
    [0.1, publishNextVersion],
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

const admitOrganisation: Operation = () =>
  byOperator('consortium', 'admitOrganisation', joiningOrganisation);

/** The operator lets the next certificate of a member speak for it. */
const renewCertificate: Operation = ({ random, state, identities }) => {
  const member = pickAny(random, state.list('member'));
  const next =
    member &&
    identities
      .ofMember(member.memberId)
      .find(({ fingerprint }) => state.get('certificate', fingerprint) === undefined);
  if (next === undefined) return undefined;
  const { memberId, fingerprint } = next;
  return byOperator('member', 'addCertificate', { memberId, fingerprint });
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

const rotateKey: Operation = ({ state, keys }) => {
  const number = keys.findIndex(
    ({ record }) => state.get('committeeKey', record.keyId) === undefined,
  );
  return number < 0
    ? undefined
    : byOperator('committee', 'registerKey', committeeKeyOf(keys, number));
};

/** Ends an old key; the current one only seldom, since then nobody can contribute until the next. */
const retireKey: Operation = ({ random, state }) => {
  const current = state.list('currentKey')[0]?.keyId;
  const old = state
    .list('committeeKey')
    .filter(({ keyId, status }) => status === 'active' && keyId !== current);
  const key = pickAny(random, old);
  return key && byOperator('committee', 'retire', { keyId: key.keyId });
};

const publishNextVersion: Operation = ({ random }) =>
  chance(random, 0.5) ? byOperator('product', 'publish', productDefinitions.at(-1)) : undefined;

function setStatus(memberId: string, status: string) {
  return byOperator('member', 'setStatus', { memberId, status });
}

function byOperator(contract: string, transaction: string, argument: unknown) {
  return { as: 'operator', contract, transaction, argument };
}
