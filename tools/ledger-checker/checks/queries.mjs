import { sha256 } from '../block-chain.mjs';
import { canonical } from '../canonical-json.mjs';

/** Which status may follow which (docs/ledger.md, Queries). */
const NEXT = {
  none: ['reviewing', 'authorised', 'refused'],
  reviewing: ['reviewing', 'authorised', 'refused', 'expired'],
  authorised: ['authorised', 'blinded', 'expired', 'failed'],
  blinded: ['blinded', 'authorised', 'released', 'expired', 'failed'],
  released: ['released', 'settled', 'failed'],
  settled: [],
  refused: [],
  expired: [],
  failed: [],
};

/** Queries: their states, what they may release, and what they charge. */
export function queryChecks() {
  return [stateOrder(), releases(), budgets(), uses()];
}

function stateOrder() {
  return {
    name: 'state order',
    claim: 'Every query goes through its states in order, and keeps request and plan.',
    before({ of }) {
      return of('query').flatMap(({ value, before }) => {
        if (value === undefined) return ['A query was removed.'];
        const from = before?.status ?? 'none';
        return [
          [(NEXT[from] ?? []).includes(value.status), `went from ${from} to ${value.status}`],
          [isKept(before?.request, value.request), 'has another request than before'],
          [isKept(before?.plan, value.plan), 'has another plan than before'],
          [
            value.plan === undefined || sha256(canonical(value.plan)) === value.planHash,
            'has a plan hash that is not that of its plan',
          ],
        ]
          .filter(([holds]) => !holds)
          .map(([, what]) => `Query ${value.queryId} ${what}.`);
      });
    },
  };
}

const isKept = (before, now) =>
  before === undefined || canonical(before) === canonical(now ?? null);

function releases() {
  return {
    name: 'releases',
    claim: 'A query is released only when t keyholders of its fixed set recorded one final block.',
    after({ of }, world) {
      return of('query')
        .filter(
          ({ value, before }) => value?.status === 'released' && before?.status !== 'released',
        )
        .flatMap(({ value: { queryId, plan, attempt } }) => {
          const threshold = world.get('committeeKey', plan.keyId)?.record.t;
          const shares = world
            .list('share', queryId, String(attempt.attempt).padStart(3, '0'))
            .filter(({ index }) => attempt.keyholders.includes(index));
          const agreeing = Math.max(
            0,
            ...shares.map(
              ({ finalHash }) => shares.filter((one) => one.finalHash === finalHash).length,
            ),
          );
          return agreeing >= (threshold ?? Infinity)
            ? []
            : [`Query ${queryId} was released with ${agreeing} agreeing shares.`];
        });
    },
  };
}

/** What a transaction adds to the ε of a query; a query that gave it back has charged nothing. */
const added = ({ value, before }) =>
  (value?.chargedEpsilonMicro ?? 0) - (before?.chargedEpsilonMicro ?? 0);

function budgets() {
  const spent = new Map();
  return {
    name: 'privacy budgets',
    claim:
      'No member is charged more ε for a source and epoch than product and consent allow; accounts agree.',
    after({ of }, world) {
      return of('query')
        .filter(({ value }) => value?.plan !== undefined)
        .flatMap((change) => charge(change.value, added(change), { spent, world }));
    },
    end(world) {
      const accounts = world.list('privacyAccount');
      const kept = new Map(
        accounts.map((one) => [`${one.budgetGroup} ${one.epoch} ${one.memberId}`, one.spentMicro]),
      );
      return [...new Set([...spent.keys(), ...kept.keys()])]
        .filter((name) => (spent.get(name) ?? 0) !== (kept.get(name) ?? 0))
        .map(
          (name) =>
            `${name}: ${kept.get(name) ?? 0} micro-ε are kept, ${spent.get(name) ?? 0} were charged.`,
        );
    },
  };
}

function charge({ queryId, plan }, more, { spent, world }) {
  if (more === 0) return [];
  const product = world.get(
    'product',
    plan.productId,
    String(plan.productVersion).padStart(7, '0'),
  );
  const rows = world.list('queryCohort', queryId);
  return [...new Set(rows.map(({ contributorId }) => contributorId))].flatMap((memberId) => {
    const name = `${product.budgetGroup} ${plan.epoch} ${memberId}`;
    const now = (spent.get(name) ?? 0) + more;
    spent.set(name, now);
    const limits = rows
      .filter(({ contributorId }) => contributorId === memberId)
      .map(
        ({ consentId }) =>
          world.get('consent', plan.productId, memberId, consentId)?.epsilonPerEpochMicro ?? 0,
      );
    const limit = Math.min(product.epsilonPerEpochMicro, ...limits);
    return more < 0 || now <= limit
      ? []
      : [`${name} is charged ${now} micro-ε, ${limit} are allowed.`];
  });
}

function uses() {
  const counted = new Map();
  return {
    name: 'use counts',
    claim:
      'No consent serves more queries than it allows; what ended without a share counts no use.',
    after({ of }, world) {
      return of('query').flatMap(({ value, before }) => {
        if (value?.plan === undefined) return [];
        const rows = world.list('queryCohort', value.queryId);
        const isNew = before?.plan === undefined;
        const gaveBack =
          !isNew &&
          ['expired', 'failed'].includes(value.status) &&
          world.list('share', value.queryId).length === 0;
        return rows.flatMap(({ contributorId, consentId }) => {
          const now = (counted.get(consentId) ?? 0) + (isNew ? 1 : gaveBack ? -1 : 0);
          counted.set(consentId, now);
          const consent = world.get('consent', value.plan.productId, contributorId, consentId);
          return isNew && now > (consent?.maxUses ?? 0)
            ? [`Consent ${consentId} allows ${consent?.maxUses ?? 0} uses; this is number ${now}.`]
            : [];
        });
      });
    },
    end(world) {
      return world
        .list('consentUse')
        .filter(({ consentId, uses: kept }) => kept !== (counted.get(consentId) ?? 0))
        .map(
          ({ consentId, uses: kept }) =>
            `Consent ${consentId} is said to have ${kept} uses; there were ${counted.get(consentId) ?? 0}.`,
        );
    },
  };
}
