/** What is earned, as against what is given back or paid in. */
const EARNED = new Set([
  'contributor-minimum',
  'contributor-coverage',
  'keyholder-fee',
  'operator-fee',
  'subsidy-top-up',
  'cost-compensation',
  'performance-bonus',
]);

const ENDED = new Set(['settled', 'refused', 'expired', 'failed']);

const sumBy = (entries) => {
  const sums = new Map();
  for (const [name, amount] of entries) sums.set(name, (sums.get(name) ?? 0n) + amount);
  return sums;
};

/** What the journal says that each account gained. */
const journalSums = (entries) =>
  sumBy(
    entries.flatMap(({ debit, credit, amount }) => [
      [debit, -BigInt(amount)],
      [credit, BigInt(amount)],
    ]),
  );

/** Money: every amount is somewhere, and nowhere twice. */
export function moneyChecks() {
  return [conservation(), journalKept(), escrows(), frozenRewards()];
}

function conservation() {
  return {
    name: 'conservation',
    claim:
      'In every transaction balances change by what the journal says, and none but the outside is negative.',
    before({ of }) {
      const kept = sumBy(
        [...of('balance'), ...of('credit')].map(({ parts, value, before }) => [
          parts[0],
          BigInt(value?.balance ?? value?.amount ?? 0) -
            BigInt(before?.balance ?? before?.amount ?? 0),
        ]),
      );
      const told = journalSums(
        of('journal')
          .map(({ value }) => value)
          .filter(Boolean),
      );
      return [...new Set([...kept.keys(), ...told.keys()])]
        .filter((account) => (kept.get(account) ?? 0n) !== (told.get(account) ?? 0n))
        .map(
          (account) =>
            `${account} changes by ${kept.get(account) ?? 0n}, the journal says ${told.get(account) ?? 0n}.`,
        );
    },
    end(world) {
      const held = sumBy([
        ...world.list('balance').map(({ accountId, balance }) => [accountId, BigInt(balance)]),
        ...world.list('credit').map(({ accountId, amount }) => [accountId, BigInt(amount)]),
      ]);
      const total = [...held.values()].reduce((sum, amount) => sum + amount, 0n);
      return [
        ...(total === 0n ? [] : [`All accounts together hold ${total}, not 0.`]),
        ...[...held]
          .filter(([account, amount]) => amount < 0n && account !== 'external')
          .map(([account, amount]) => `${account} holds ${amount}.`),
      ];
    },
  };
}

function journalKept() {
  return {
    name: 'journal',
    claim:
      'Entries of the journal are never changed or removed, and each is copied to both accounts.',
    before({ of, transactionId }) {
      const entries = of('journal');
      const copies = of('statement').map(({ value }) => value?.entryId);
      return entries.flatMap(({ value, before }) => {
        if (value === undefined || before !== undefined)
          return ['An entry was changed or removed.'];
        const copied = copies.filter((entryId) => entryId === value.entryId).length;
        return [
          ...(value.entryId.startsWith(transactionId)
            ? []
            : [`${value.entryId} names another transaction.`]),
          ...(copied === 2 ? [] : [`${value.entryId} is copied to ${copied} accounts.`]),
        ];
      });
    },
  };
}

function escrows() {
  return {
    name: 'escrow',
    claim:
      'A running query holds what was paid in for it; an ended one is settled or refunded and holds nothing.',
    end(world) {
      const entries = world.list('journal');
      const sums = journalSums(entries);
      return world.list('query').flatMap(({ queryId, status }) => {
        const held = sums.get(`escrow:${queryId}`) ?? 0n;
        const own = entries.filter((entry) => entry.queryId === queryId);
        const paidIn = total(own.filter(({ credit }) => credit === `escrow:${queryId}`));
        const back = total(own.filter(({ kind }) => kind === 'refund'));
        if (!ENDED.has(status)) {
          return held === paidIn - back
            ? []
            : [`The escrow of ${queryId} (${status}) holds ${held}.`];
        }
        const problems = [];
        if (held !== 0n) problems.push(`The escrow of ${queryId} (${status}) still holds ${held}.`);
        if (status !== 'settled' && back !== paidIn) {
          problems.push(`${queryId} is ${status}: ${back} of ${paidIn} were given back.`);
        }
        return problems;
      });
    },
  };
}

const total = (entries) => entries.reduce((sum, { amount }) => sum + BigInt(amount), 0n);

function frozenRewards() {
  const frozenMembers = (world) =>
    new Set(
      world
        .list('incident')
        .filter(
          ({ status, measures }) => status === 'escalated' && measures.includes('freeze-rewards'),
        )
        .map(({ memberId }) => memberId),
    );
  let before = new Set();
  return {
    name: 'frozen rewards',
    claim:
      'Nothing is earned freely, and nothing frozen is paid out, while an incident freezes the rewards.',
    before({ of }, world) {
      before = frozenMembers(world);
      return of('journal')
        .filter(({ value }) => value !== undefined && EARNED.has(value.kind))
        .filter(({ value }) => before.has(value.credit.replace(/^member:/, '')))
        .map(
          ({ value }) => `${value.credit} was paid ${value.amount} (${value.kind}) while frozen.`,
        );
    },
    after({ of }, world) {
      const still = frozenMembers(world);
      return of('journal')
        .filter(({ value }) => value?.kind === 'reward-release')
        .filter(({ value }) => still.has(value.debit.replace(/^frozen:/, '')))
        .map(({ value }) => `${value.debit} was released while another incident freezes it.`);
    },
  };
}
