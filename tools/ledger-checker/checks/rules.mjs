import { sha256 } from '../block-chain.mjs';
import { canonical } from '../canonical-json.mjs';

/** What only a proposal brings: its kind, and what of the object is its content. */
const BY_PROPOSAL = {
  product: {
    kind: 'standard',
    content: ({ publishedAt, ...definition }) => publishedAt && definition,
  },
  committeeKey: { kind: 'committeeKey', content: ({ record }) => record },
  rulebook: { kind: 'rulebook', content: ({ rulebook }) => rulebook },
  rewardScheme: { kind: 'rewardScheme', content: (scheme) => scheme },
};

/** A proposal of a key names its holders, too. */
const proposedContent = ({ kind, content }) => (kind === 'committeeKey' ? content.record : content);

/** Roles that the operator grants alone. */
const LONE = ['analyst', 'gateway'];

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
      'Standards, keys, rulebooks, schemes and roles come by an adopted proposal that says so, and stay.',
    before({ of, call }, world) {
      const adopted = of('proposal')
        .filter(({ value, before }) => value?.status === 'adopted' && before?.status !== 'adopted')
        .map(({ parts: [proposalId] }) => world.get('proposedChange', proposalId))
        .filter((change) => change !== undefined);
      return [
        ...Object.keys(BY_PROPOSAL).flatMap((type) => strangers(type, of(type), adopted)),
        ...['product', 'rulebook', 'rewardScheme', 'proposedChange'].flatMap((type) =>
          of(type)
            .filter(({ before }) => before !== undefined)
            .map(({ parts }) => `The ${type} ${parts.join(' ')} was changed.`),
        ),
        ...(call === 'consortium:initialize' ? [] : loneGrants(of('member'), adopted)),
      ];
    },
  };
}

function strangers(type, changes, adopted) {
  const { kind, content } = BY_PROPOSAL[type];
  const said = adopted.find((change) => change.kind === kind);
  return changes
    .filter(({ value, before }) => value !== undefined && before === undefined)
    .filter(
      ({ value }) =>
        said === undefined || canonical(proposedContent(said)) !== canonical(content(value)),
    )
    .map(({ parts }) => `The ${type} ${parts.join(' ')} came without a proposal that says so.`);
}

function loneGrants(changes, adopted) {
  if (adopted.some(({ kind }) => kind === 'member' || kind === 'memberRoles')) return [];
  return changes.flatMap(({ value, before }) =>
    (value?.roles ?? [])
      .filter((role) => !LONE.includes(role) && !before?.roles.includes(role))
      .map((role) => `${value.memberId} got the role ${role} without a proposal.`),
  );
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
