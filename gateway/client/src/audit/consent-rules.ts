import type { Consent, Member, QueryRecord } from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';

/** @returns the queries that this transaction authorised, with their plans */
export function authorisedBy({ changes }: AuditedTransaction, before: LedgerState): QueryRecord[] {
  return changes
    .filter(({ type, value }) => type === 'query' && value !== null)
    .map(({ value }) => value as QueryRecord)
    .filter(({ queryId, plan }) => plan !== undefined && before.query(queryId)?.plan === undefined);
}

/** What is wrong with using this consent for this query at this time; empty when nothing is. */
function consentProblems(
  consent: Consent,
  record: QueryRecord,
  askers: readonly Member[],
): string[] {
  const { request, plan } = record;
  const at = plan?.authorisedAt ?? 0;
  const name = `Consent ${consent.consentId} of ${consent.contributorId}`;
  const excluded = askers.filter(
    ({ memberId, roles }) =>
      !consent.recipients.includes(`member:${memberId}`) &&
      !roles.some((role) => consent.recipients.includes(`role:${role}`)),
  );
  const requirements: [boolean, string][] = [
    [consent.status === 'active', `${name} was not active.`],
    [consent.productId === request.productId, `${name} is for another product.`],
    [consent.purposes.includes(request.purpose), `${name} does not allow ${request.purpose}.`],
    [consent.functions.includes(request.function), `${name} does not allow ${request.function}.`],
    [
      askers.length > 0 && excluded.length === 0,
      `${name} does not allow ${excluded.map(({ memberId }) => memberId).join(' and ')}.`,
    ],
    [consent.notBefore <= at && at <= consent.notAfter, `${name} was outside its dates.`],
    [
      request.release === 'noisy' || consent.release === 'exact',
      `${name} does not allow exact release.`,
    ],
  ];
  return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** Every contribution of an authorised cohort had a consent that allowed the use, then and there. */
export const consentAtAuthorisation: AuditRule = {
  check: 'consent at authorisation',
  claim: 'Every contributor of every cohort allowed exactly that use when it was authorised.',
  observe(transaction, before) {
    return authorisedBy(transaction, before).flatMap((record) => {
      // An agent asks for its principal, so a consent has to allow both.
      const named: string[] = [record.analystId, record.payerId ?? record.analystId];
      const askers = before.all<Member>('member').filter((m) => named.includes(m.memberId));
      return (record.plan?.cohort ?? []).flatMap((contributionId) => {
        const contribution = before.contribution(contributionId);
        if (contribution?.status !== 'stored') return [`${contributionId} was not stored.`];
        const consent = before.consent(contribution.consentId);
        if (consent === undefined) return [`${contributionId} rests on no consent.`];
        return consentProblems(consent, record, askers);
      });
    });
  },
};

/** No share was recorded for a query after a consent of its cohort was withdrawn. */
export const consentAtRelease: AuditRule = {
  check: 'consent at release',
  claim: 'No share was released after a consent of its cohort was withdrawn.',
  observe({ call, changes }, before) {
    if (call !== 'query:releaseShare') return [];
    const queryIds = changes
      .filter(({ type }) => type === 'share')
      .map(({ parts }) => parts[0] ?? '');
    return queryIds.flatMap((queryId) => {
      const cohort = before.query(queryId)?.plan?.cohort ?? [];
      return cohort.flatMap((contributionId) => {
        const contribution = before.contribution(contributionId);
        const consent = before.consent(contribution?.consentId ?? '');
        return contribution?.status === 'stored' && consent?.status === 'active'
          ? []
          : [
              `A share of query ${queryId} was released although ${contributionId} had been withdrawn.`,
            ];
      });
    });
  },
};
