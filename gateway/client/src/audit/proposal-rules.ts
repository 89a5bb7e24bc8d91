import { hashCanonicalJson } from '@veilsum/crypto';
import type {
  CommitteeKey,
  Member,
  Product,
  Proposal,
  ProposalVote,
  ProposedChange,
  Role,
} from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** Fields of a proposal that nothing may change once it was made. */
const FIXED = ['kind', 'contentHash', 'needs', 'proposedBy', 'proposedAt', 'expiresAt'] as const;

/** A proposal takes effect by the approvals that it named, given to its very content, in time. */
export const proposals: AuditRule = {
  check: 'proposals',
  claim:
    'Every proposal that took effect had the approvals it needs, each signed by its organisation, to its own content, in time.',
  observe(transaction, before) {
    return changesOf<Proposal>(transaction, 'proposal', before).flatMap(({ after, earlier }) => {
      if (after === undefined) return ['A proposal was removed.'];
      return [
        ...fixedProblems(after, earlier),
        ...voteProblems(after, earlier, { transaction, before }),
        ...contentProblems(after, { transaction, before }),
        ...(after.status === 'adopted' ? adoptionProblems(after, transaction) : []),
      ].map((what) => `Proposal ${after.proposalId} ${what}.`);
    });
  },
};

interface Place {
  readonly transaction: AuditedTransaction;
  readonly before: LedgerState;
}

const textOf = (value: unknown) => hashCanonicalJson(value ?? null);

function fixedProblems(after: Proposal, earlier: Proposal | undefined): string[] {
  if (earlier === undefined) return [];
  return [
    ...FIXED.filter((field) => textOf(after[field]) !== textOf(earlier[field])).map(
      (field) => `has another ${field} than before`,
    ),
    ...(earlier.status === 'open' ? [] : [`was changed after it was ${earlier.status}`]),
  ];
}

function voteProblems(
  after: Proposal,
  earlier: Proposal | undefined,
  { transaction, before }: Place,
): string[] {
  const signer = before.value('certificate', [transaction.fingerprint]) as
    { memberId: string } | undefined;
  const isOwn = (vote: ProposalVote) =>
    vote.memberId === signer?.memberId &&
    vote.mspId === transaction.mspId &&
    vote.transactionId === transaction.transactionId;
  return (['approvals', 'rejections'] as const).flatMap((list) => {
    const [votes, known] = [after[list], earlier?.[list] ?? []];
    const isKept = textOf(votes.slice(0, known.length)) === textOf(known);
    return [
      ...(isKept ? [] : [`lost one of its ${list}`]),
      ...votes
        .slice(known.length)
        .filter((vote) => !isOwn(vote))
        .map(({ mspId }) => `has a vote of ${mspId} that another member wrote`),
    ];
  });
}

function contentProblems({ proposalId, contentHash }: Proposal, place: Place): string[] {
  const change = contentOf(proposalId, place);
  return change !== undefined && textOf(change) === contentHash
    ? []
    : ['has a content that does not have its hash'];
}

/** What a proposal proposes: written with it, once. */
function contentOf(proposalId: string, { transaction, before }: Place): ProposedChange | undefined {
  const written = transaction.changes.find(
    ({ type, parts }) => type === 'proposedChange' && parts[0] === proposalId,
  );
  return (written?.value ?? before.value('proposedChange', [proposalId])) as
    ProposedChange | undefined;
}

function adoptionProblems(
  { approvals, needs: { all, some }, expiresAt }: Proposal,
  { timestampMs }: AuditedTransaction,
): string[] {
  const approvers = new Set(approvals.map(({ mspId }) => mspId));
  const lacking = all.filter((mspId) => !approvers.has(mspId));
  const further = some.of.filter((mspId) => approvers.has(mspId)).length;
  return [
    ...lacking.map((mspId) => `took effect without ${mspId}`),
    ...(further < some.n ? [`took effect with ${further} of ${some.n} further approvals`] : []),
    ...(approvers.size < 2 ? ['took effect by one organisation alone'] : []),
    ...(timestampMs > expiresAt ? ['took effect after it had expired'] : []),
  ];
}

/** Where the content of an adopted proposal is found in what it wrote. */
const effects: Readonly<Record<string, { kind: string; contentOf: (value: never) => unknown }>> = {
  product: {
    kind: 'standard',
    contentOf: definitionOf,
  },
  committeeKey: { kind: 'committeeKey', contentOf: ({ record }: CommitteeKey) => record },
  rulebook: { kind: 'rulebook', contentOf: ({ rulebook }: { rulebook: unknown }) => rulebook },
  rewardScheme: { kind: 'rewardScheme', contentOf: (scheme: unknown) => scheme },
};

function definitionOf(product: Product): unknown {
  const definition: Partial<Product> = { ...product };
  delete definition.publishedAt;
  return definition;
}

/** A proposal of a key names its holders, too; the record is what everything is encrypted under. */
const proposedContent = ({ kind, content }: ProposedChange): unknown =>
  kind === 'committeeKey' ? content['record'] : content;

/** The rules come by proposal, and what was written stays as it is. */
export const ruleChanges: AuditRule = {
  check: 'changes of the rules',
  claim:
    'Every standard, key, rulebook, reward scheme and grant of a role came by an adopted proposal that says so; no version ever changed.',
  observe(transaction, before) {
    const adopted = changesOf<Proposal>(transaction, 'proposal', before)
      .filter(({ after }) => after?.status === 'adopted')
      .flatMap(({ after }) => contentOf(after?.proposalId ?? '', { transaction, before }) ?? []);
    return [
      ...Object.keys(effects).flatMap((type) => strangers(type, adopted, { transaction, before })),
      ...rewritten({ transaction, before }),
      ...loneGrants(adopted, { transaction, before }),
    ];
  },
};

/** New objects of the rules that no proposal of the transaction says. */
function strangers(type: string, adopted: readonly ProposedChange[], place: Place): string[] {
  const effect = effects[type];
  return changesOf(place.transaction, type, place.before)
    .filter(({ after, earlier }) => after !== undefined && earlier === undefined)
    .filter(({ after }) => {
      const said = adopted.find(({ kind }) => kind === effect?.kind);
      return (
        said === undefined ||
        textOf(proposedContent(said)) !== textOf(effect?.contentOf(after as never))
      );
    })
    .map(() => `A ${type} came without an adopted proposal that says so.`);
}

function rewritten({ transaction, before }: Place): string[] {
  return ['rulebook', 'rewardScheme', 'product', 'proposedChange'].flatMap((type) =>
    changesOf(transaction, type, before)
      .filter(({ earlier }) => earlier !== undefined)
      .map(() => `A ${type} was changed after it was written.`),
  );
}

/** Roles that the operator grants alone. */
const LONE: readonly Role[] = ['analyst', 'gateway'];

/** Every other role is granted at the founding or by proposal. */
function loneGrants(adopted: readonly ProposedChange[], { transaction, before }: Place): string[] {
  const isProposed = adopted.some(({ kind }) => kind === 'member' || kind === 'memberRoles');
  if (isProposed || transaction.call === 'consortium:initialize') return [];
  return changesOf<Member>(transaction, 'member', before).flatMap(({ after, earlier }) =>
    (after?.roles ?? [])
      .filter((role) => !LONE.includes(role) && earlier?.roles.includes(role) !== true)
      .map((role) => `${after?.memberId ?? ''} got the role ${role} without a proposal.`),
  );
}
