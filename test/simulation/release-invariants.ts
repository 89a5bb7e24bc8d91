import type { Consent, Product, QueryRecord } from '@veilsum/protocol';
import { attemptPart, type Commit } from './commit.js';
import type { CommittedState, LedgerObjects } from './committed-state.js';

type CohortRow = LedgerObjects['queryCohort'];

/** No share, and so no release, without a valid consent of every contributor of the cohort at that moment. */
export function releasesWithConsent(state: CommittedState, commit: Commit): string[] {
  return commit.changes
    .of('share')
    .flatMap(({ parts: [queryId = ''] }) => shareFaults(state, queryId, commit.at));
}

/** A query is released by t shares of one final block, of keyholders of its attempt. */
export function releasesByThreshold(state: CommittedState, commit: Commit): string[] {
  return commit.changes
    .of('query')
    .filter(({ before, after }) => after?.status === 'released' && before?.status !== 'released')
    .flatMap(({ after }) => (after === undefined ? [] : thresholdFaults(state, after)));
}

function thresholdFaults(state: CommittedState, { queryId, attempt, plan }: QueryRecord): string[] {
  const key = state.get('committeeKey', plan?.keyId ?? '');
  if (key === undefined || attempt === undefined)
    return [`query ${queryId} was released unplanned`];
  const finals = state
    .list('share', queryId, attemptPart(attempt.attempt))
    .filter(({ index }) => attempt.keyholders.includes(index))
    .map(({ finalHash }) => finalHash);
  const equal = Math.max(0, ...finals.map((one) => finals.filter((it) => it === one).length));
  return equal >= key.record.t ? [] : [`query ${queryId} was released by ${equal} equal shares`];
}

function shareFaults(state: CommittedState, queryId: string, at: number): string[] {
  const query = state.get('query', queryId);
  const product = query && productOf(state, query);
  if (query?.plan === undefined || product === undefined) {
    return [`a share was released of query ${queryId}, which has no plan`];
  }
  const rows = state.list('queryCohort', queryId);
  const named = rows.map(({ contributionId }) => contributionId).sort();
  const faults =
    named.join() === [...query.plan.cohort].sort().join()
      ? []
      : ['the cohort is not that of the plan'];
  faults.push(...rows.flatMap((row) => rowFaults(state, query, row, at)));
  faults.push(...sizeFaults(state, product, rows));
  return faults.map((fault) => `a share was released of query ${queryId}: ${fault}`);
}

function rowFaults(
  state: CommittedState,
  query: QueryRecord,
  row: CohortRow,
  at: number,
): string[] {
  const { contributorId, contributionId, consentId } = row;
  const { productId, epoch } = query.request;
  const faults: string[] = [];
  const contribution = state.get('contribution', productId, epoch, contributorId, contributionId);
  if (contribution?.status !== 'stored') faults.push(`the contribution is ${contribution?.status}`);
  if (contribution?.consentId !== consentId) faults.push('the contribution names another consent');
  const contributor = state.get('member', contributorId);
  if (contributor?.status !== 'active') faults.push(`the member is ${contributor?.status}`);
  const consent = state.get('consent', productId, contributorId, consentId);
  if (consent === undefined) faults.push('there is no consent');
  else faults.push(...consentFaults(state, consent, query, at));
  return faults.map((fault) => `of ${contributorId}, ${fault}`);
}

function consentFaults(
  state: CommittedState,
  consent: Consent,
  query: QueryRecord,
  at: number,
): string[] {
  const { request, analystId } = query;
  const principalId = state.get('delegation', request.delegationId ?? '')?.principalId;
  const askers = [analystId, ...(principalId === undefined ? [] : [principalId])];
  const holds: [boolean, string][] = [
    [consent.status === 'active', 'the consent is withdrawn'],
    [consent.notBefore <= at && at <= consent.notAfter, 'the consent is outside its dates'],
    [consent.productVersion === request.productVersion, 'the consent is for another version'],
    [consent.purposes.includes(request.purpose), 'the consent excludes the purpose'],
    [consent.functions.includes(request.function), 'the consent excludes the function'],
    [askers.every((it) => isRecipient(state, consent, it)), 'the consent excludes who asks'],
    [
      consent.release === 'exact' || request.release === 'noisy',
      'the consent excludes exact release',
    ],
  ];
  return holds.filter(([held]) => !held).map(([, sentence]) => sentence);
}

function isRecipient(state: CommittedState, consent: Consent, memberId: string): boolean {
  const roles = state.get('member', memberId)?.roles ?? [];
  const named = [`member:${memberId}`, ...roles.map((role) => `role:${role}`)];
  return consent.recipients.some((recipient) => named.includes(recipient));
}

/** As many legal entities as the product and every consent want, now that members and terms may have changed. */
function sizeFaults(state: CommittedState, product: Product, rows: readonly CohortRow[]): string[] {
  const entities = new Set(
    rows.map(({ contributorId }) => state.get('member', contributorId)?.legalEntityId),
  );
  const wanted = rows.map(
    ({ contributorId, consentId }) =>
      state.get('consent', product.productId, contributorId, consentId)?.minCohort ?? 0,
  );
  const least = Math.max(product.minCohort, ...wanted);
  return entities.size >= least
    ? []
    : [`the cohort has ${entities.size} legal entities, and ${least} are wanted`];
}

/** The product version that a query asks. */
export function productOf(
  state: CommittedState,
  { request }: Pick<QueryRecord, 'request'>,
): Product | undefined {
  return state
    .list('product')
    .find(
      ({ productId, version }) =>
        productId === request.productId && version === request.productVersion,
    );
}
