import type { Consortium, Member, ProductDefinition, Role, Verdict } from '@veilsum/protocol';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

type AudienceProduct = Pick<ProductDefinition, 'audience'>;
type Audience = NonNullable<ProductDefinition['audience']>;

/** What the ledger knows of those who might ask, where a product is proposed or published. */
export interface AudienceFacts {
  /** Those of the named members that there are. */
  readonly members: readonly Pick<Member, 'memberId' | 'mspId' | 'roles' | 'status'>[];
  readonly consortium: Pick<Consortium, 'mspRoles'>;
}

/**
 * Whether everyone whom a product names can come to ask. Questions are asked with the role `analyst`
 * (docs/ledger.md, Standards), so a recipient's organisation must be one that may hold it.
 */
export function checkProductAudience(product: AudienceProduct, facts: AudienceFacts): Verdict {
  const { audience } = product;
  const fault = audience === undefined ? undefined : recipientFault(audience, facts);
  const failure: RuleFailure | undefined =
    fault === undefined ? undefined : { code: 'PRODUCT_INVALID', sentence: fault };
  return verdictOf([
    outcomeOf('product-audience', failure, { audience: describeAudience(product) }),
  ]);
}

function recipientFault(
  { roles, members }: Audience,
  { members: known, consortium: { mspRoles } }: AudienceFacts,
): string | undefined {
  const byId = new Map<string, AudienceFacts['members'][number]>(
    known.map((member) => [member.memberId, member]),
  );
  const isPresent = (memberId: string) => {
    const member = byId.get(memberId);
    return member !== undefined && member.status !== 'left';
  };
  const absent = members.find((memberId) => !isPresent(memberId));
  if (absent !== undefined) {
    return `The field audience names the member ${absent}, who does not exist or has left.`;
  }
  const mayAsk = (mspId: string) => rolesOf(mspRoles, mspId).includes('analyst');
  const silent = members.find((memberId) => !mayAsk(byId.get(memberId)?.mspId ?? ''));
  if (silent !== undefined) {
    return `The field audience names the member ${silent}, whose organisation may not hold the role analyst, which asking takes.`;
  }
  const idle = roles.find(
    (role) =>
      !Object.keys(mspRoles).some(
        (mspId) => rolesOf(mspRoles, mspId).includes(role) && mayAsk(mspId),
      ),
  );
  return idle === undefined
    ? undefined
    : `The field audience names the role ${idle}, which no organisation may hold together with the role analyst, which asking takes.`;
}

const rolesOf = (mspRoles: Consortium['mspRoles'], mspId: string): readonly Role[] =>
  Object.hasOwn(mspRoles, mspId) ? (mspRoles[mspId] ?? []) : [];

/** With whom the results of a product are shared, in words: everyone, roles, members, the regulator only. */
export function describeAudience({ audience }: AudienceProduct): string {
  if (audience === undefined) return 'everyone';
  const { roles, members } = audience;
  if (members.length === 0 && roles.length === 1 && roles[0] === 'regulator') {
    return 'the regulator only';
  }
  const parts = [...roles.map((role) => `the role ${role}`), ...members];
  return `${parts.join(', ')} only`;
}
