import {
  decodePublicKey,
  decodeResultValues,
  hashFinal,
  hexToBigint,
  requiredBlocks,
  verifyCertificateByBlock,
  type Layout,
  type PublicKey,
} from '@veilsum/crypto';
import {
  resultPublicationSchema,
  type Certificate,
  type CommitteeKey,
  type Plan,
  type PublishedGroup,
  type QueryRecord,
  type ResultPublication,
} from '@veilsum/protocol';
import { layoutForProduct } from '@veilsum/rules';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** Everything that was made public is proven by its certificate, block by block. */
export const publishedProofs: AuditRule = {
  check: 'published numbers',
  claim: 'Every published number follows from a certificate that holds.',
  observe(transaction, before) {
    const groups = groupsOf(transaction);
    if (groups.length === 0) return [];
    const parsed = resultPublicationSchema.safeParse(JSON.parse(transaction.argument));
    if (!parsed.success) return ['Groups were published without a certificate.'];
    const query = before.query(parsed.data.queryId);
    const published = query === undefined ? undefined : publishedOf(query, before);
    if (query === undefined || published === undefined) {
      return ['Groups of an unknown query were published.'];
    }
    return proofProblems(published, parsed.data, { groups, before });
  },
};

function groupsOf({ changes }: AuditedTransaction): PublishedGroup[] {
  return changes
    .filter(({ type, value }) => type === 'publishedGroup' && value !== null)
    .map(({ value }) => value as PublishedGroup);
}

/** A published query with what its certificate is held against. */
interface Published {
  readonly queryId: string;
  readonly planHash: string;
  readonly groups: Plan['groups'];
  readonly planes: readonly number[];
  readonly key: PublicKey;
  readonly layout: Layout;
}

function publishedOf(query: QueryRecord, state: LedgerState): Published | undefined {
  const { queryId, plan, planHash } = query;
  if (plan === undefined || planHash === undefined) return undefined;
  const record = state.objects<CommitteeKey>('committeeKey', plan.keyId)[0]?.record;
  const product = state.product(plan.productId, plan.productVersion);
  if (record === undefined || product === undefined) return undefined;
  const planes = plan.planes.map(({ plane }) => plane);
  const key = decodePublicKey(record);
  const layout = layoutForProduct(product, record);
  return { queryId, planHash, groups: plan.groups, planes, key, layout };
}

function proofProblems(
  published: Published,
  { certificate, groups: named }: ResultPublication,
  { groups, before }: { readonly groups: readonly PublishedGroup[]; readonly before: LedgerState },
): string[] {
  const { queryId, key, layout, planes } = published;
  const { attempt } = certificate;
  const finalHash = finalHashOf(published, certificate);
  const recorded = sharesOf(before, queryId, attempt).filter((hash) => hash === finalHash).length;
  if (recorded < key.t) return [`Query ${queryId} was published with blocks that nobody recorded.`];
  const opened = named ?? published.groups.map((_group, index) => index);
  const part = partOf(published, certificate, opened);
  const { planHash } = published;
  const claim = { key, certificate: part, planHash, finalHash: finalHashOf(published, part) };
  if (!verifyCertificateByBlock(claim)) {
    return [`Query ${queryId} was published with a certificate that does not hold.`];
  }
  const messages = part.m.map(hexToBigint);
  const values = decodeResultValues({ key, layout, planes, groups: opened.length, messages });
  return groups
    .filter((group) => !isDecoded(group, values[opened.indexOf(group.group)], planes))
    .map(({ group }) => `Group ${group} of query ${queryId} shows other numbers than were proven.`);
}

function finalHashOf({ key, planHash }: Published, { attempt, c }: Certificate): string {
  return hashFinal({ key, planHash, attempt, blocks: c.map(hexToBigint) });
}

/** The certificate of the blocks of some groups; m and w may name only these already. */
function partOf(
  { layout, planes, groups }: Published,
  certificate: Certificate,
  opened: readonly number[],
): Certificate {
  const positions = requiredBlocks(layout, planes, groups.length);
  const pick = (list: readonly string[]) =>
    list.length < certificate.c.length
      ? [...list]
      : list.filter((_text, block) => opened.includes(positions[block]?.group ?? -1));
  const { c, m, w } = certificate;
  return { ...certificate, c: pick(c), m: pick(m), w: pick(w) };
}

function sharesOf(state: LedgerState, queryId: string, attempt: number): string[] {
  return state
    .entries('share', queryId)
    .filter(({ parts }) => Number(parts[1]) === attempt)
    .map(({ value }) => (value as { finalHash: string }).finalHash);
}

function isDecoded(
  { planes: shown }: PublishedGroup,
  values: readonly (readonly bigint[])[] | undefined,
  planes: readonly number[],
): boolean {
  const proven = planes.map((plane, index) => ({ plane, values: values?.[index]?.map(String) }));
  return JSON.stringify(proven) === JSON.stringify(shown);
}
