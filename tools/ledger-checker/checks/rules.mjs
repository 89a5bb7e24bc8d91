import { sha256 } from '../block-chain.mjs';
import { canonical } from '../canonical-json.mjs';

/** What only a proposal brings, with the kind of proposal. */
const BY_PROPOSAL = {
  rulebook: { kind: 'rulebook', content: ({ rulebook }) => rulebook },
  rewardScheme: { kind: 'rewardScheme', content: (scheme) => scheme },
};

/** The rules themselves: they change by proposals that those who were asked approved, and stay. */
export function ruleChecks() {
  return [proposals(), ruleChanges(), revisions()];
}

function proposals() {
  return {
    name: 'proposals',
    claim:
      'A proposal takes effect when the organisations it names have approved that very content, in time.',
    before(transaction, world) {
      return transaction.of('proposal').flatMap(({ value, before }) => {
        if (value === undefined) return ['A proposal was removed.'];
        return [
          ...keptProblems(value, before),
          ...voteProblems(value, before, transaction),
          ...adoptionProblems(value, before, transaction, world),
        ].map((what) => `Proposal ${value.proposalId} ${what}.`);
      });
    },
  };
}

function keptProblems(value, before) {
  if (before === undefined) return [];
  const fixed = ['kind', 'contentHash', 'needs', 'proposedBy', 'proposedAt', 'expiresAt'];
  const changed = fixed.filter((field) => canonical(value[field]) !== canonical(before[field]));
  return [
    ...changed.map((field) => `has another ${field} than before`),
    ...(before.status === 'open' ? [] : [`changed after it was ${before.status}`]),
  ];
}

/** An approval is written by the transaction of the member whose it is. */
function voteProblems(value, before, { transactionId, memberId, mspId }) {
  const votes = ['approvals', 'rejections'].flatMap((list) => {
    const earlier = before?.[list] ?? [];
    const isKept = canonical(value[list].slice(0, earlier.length)) === canonical(earlier);
    const fresh = value[list].slice(earlier.length);
    return isKept ? fresh : [undefined];
  });
  return votes.flatMap((vote) => {
    if (vote === undefined) return ['lost a vote'];
    const isOwn =
      vote.transactionId === transactionId && vote.memberId === memberId && vote.mspId === mspId;
    return isOwn ? [] : [`has a vote of ${vote.memberId} that somebody else wrote`];
  });
}

function adoptionProblems(value, before, { of, now }, world) {
  const change =
    of('proposedChange').find(({ parts }) => parts[0] === value.proposalId)?.value ??
    world.get('proposedChange', value.proposalId);
  const problems = [];
  if (change === undefined || sha256(canonical(change)) !== value.contentHash) {
    problems.push('has a content that does not have its hash');
  }
  if (value.status !== 'adopted' || before?.status === 'adopted') return problems;
  const approvers = new Set(value.approvals.map(({ mspId }) => mspId));
  const { all, some } = value.needs;
  const others = some.of.filter((mspId) => approvers.has(mspId)).length;
  if (all.some((mspId) => !approvers.has(mspId)) || others < some.n) {
    problems.push('took effect without the approvals that it needs');
  }
  if (approvers.size < 2) problems.push('took effect with the approval of one organisation alone');
  if (now > value.expiresAt) problems.push('took effect after it expired');
  return problems;
}

function ruleChanges() {
  return {
    name: 'rule changes',
    claim:
      'Rulebooks and reward schemes come by an adopted proposal with that content; published standards stay.',
    before({ of }, world) {
      const adopted = of('proposal')
        .filter(({ value, before }) => value?.status === 'adopted' && before?.status !== 'adopted')
        .map(({ parts: [proposalId] }) => world.get('proposedChange', proposalId));
      return [
        ...Object.entries(BY_PROPOSAL).flatMap(([type, { kind, content }]) =>
          of(type).flatMap(({ value, before }) => {
            if (before !== undefined) return [`A ${type} was changed.`];
            const brought = adopted.find((change) => change?.kind === kind);
            return canonical(brought?.content ?? null) ===
              canonical((value && content(value)) ?? null)
              ? []
              : [`A ${type} came without a proposal that says so.`];
          }),
        ),
        ...of('product')
          .filter(({ before }) => before !== undefined)
          .map(({ before }) => `The standard ${before.productId}@${before.version} was changed.`),
      ];
    },
  };
}

function revisions() {
  return {
    name: 'rule revisions',
    claim: 'Changes of the rules are numbered one after another.',
    before({ of, transactionId }) {
      return of('ruleRevision').flatMap(({ value, before }) => [
        ...(value?.revision === (before?.revision ?? 0) + 1
          ? []
          : ['A revision is skipped or repeated.']),
        ...(value?.transactionId === transactionId
          ? []
          : ['A revision names another transaction.']),
      ]);
    },
  };
}
