import { blocksForPlanes } from '@veilsum/crypto';
import {
  VeilsumError,
  openingIdSchema,
  type IncidentReport,
  type Member,
  type Opening,
  type Plan,
} from '@veilsum/protocol';
import {
  incidentIdOf,
  layoutForProduct,
  notAgreed,
  outcomeOf,
  requireAllowed,
  rowsOfCells,
  subjectOf,
  verdictOf,
} from '@veilsum/rules';
import { committeeKeys, members, productKey, products } from './ledger-objects.js';
import { putOpeningTask } from './opening-record.js';
import { openings } from './oversight-objects.js';
import { cohortRows, queries } from './query-objects.js';
import type { TransactionCall } from './transaction-call.js';
import type { WorldState } from './world-state.js';

/** More blocks than this of one contribution would make its answer too large. */
const ROWS_MAX = 1024;

type UndecodableReport = Extract<IncidentReport, { kind: 'undecodable-result' }>;

/**
 * Names every block of a group whose sum does not decode to an auditor, of every contribution of the
 * cohort, to find the one at fault (docs/protocol.md §9). Two are needed, the one who reports it and the one
 * who is shown the blocks: the ledger cannot see by itself that a result does not decode.
 * @throws {@link VeilsumError} FORBIDDEN, OPENINGS_NOT_AGREED, INVALID_STATE, LIMIT_EXCEEDED, NOT_FOUND
 */
export async function openUndecodableGroup(
  call: TransactionCall,
  report: UndecodableReport,
): Promise<void> {
  const { state, now } = call;
  const { queryId, group, auditorId } = report;
  const plan = await requireReleasedPlan(state, report);
  requireSecondPerson(call.caller, await state.require(members, auditorId));
  const { answerMs, rows } = await readBlocks(state, plan, group);
  const { productId, epoch } = plan;
  // One incident has one opening, so both have one id.
  const openingId = openingIdSchema.parse(incidentIdOf(subjectOf(report)));
  const opening: Opening = {
    openingId,
    productId,
    epoch,
    auditorId,
    cause: 'undecodable',
    status: 'revealed',
    committedAt: now,
    revealedAt: now,
    queryId,
    group,
  };
  for (const { contributionId, contributorId } of await state.list(cohortRows, queryId)) {
    await putOpeningTask(state, {
      openingId,
      contributionId,
      contributorId,
      productId,
      epoch,
      judgeId: auditorId,
      rows,
      answerMs,
      deadline: now + answerMs,
      status: 'due',
      conclusions: [],
    });
  }
  await state.put(openings, [openingId], opening);
}

async function requireReleasedPlan(
  state: WorldState,
  { queryId, group }: UndecodableReport,
): Promise<Plan> {
  const { plan, status } = await state.require(queries, queryId);
  if (plan === undefined || (status !== 'released' && status !== 'settled')) {
    throw new VeilsumError('INVALID_STATE', `The query is ${status}, so nobody has its result.`);
  }
  if (plan.groups[group] === undefined) {
    throw new VeilsumError('NOT_FOUND', `The plan has no group ${group}.`);
  }
  return plan;
}

/** Whoever reports cannot choose to look into the blocks himself. */
function requireSecondPerson(caller: Member, auditor: Member): void {
  const fits =
    auditor.status === 'active' &&
    auditor.roles.includes('auditor') &&
    auditor.legalEntityId !== caller.legalEntityId;
  const failure = {
    code: 'FORBIDDEN',
    sentence: 'The field auditorId must name an active auditor of another legal entity than yours.',
  } as const;
  requireAllowed(verdictOf([outcomeOf('opening-second-person', fits ? undefined : failure)]));
}

async function readBlocks(state: WorldState, plan: Plan, group: number) {
  const key = await state.require(committeeKeys, plan.keyId);
  const product = await state.require(products, ...productKey(plan.productId, plan.productVersion));
  const { code, sentence } = notAgreed();
  if (product.openings === undefined) throw new VeilsumError(code, sentence);
  const layout = layoutForProduct(product, key.record);
  const blocks = blocksForPlanes(
    layout,
    plan.planes.map(({ plane }) => plane),
  );
  const rows = rowsOfCells(plan.groups[group]?.cells ?? [], blocks, layout.blocks);
  if (rows.length > ROWS_MAX) {
    throw new VeilsumError(
      'LIMIT_EXCEEDED',
      `The group has ${rows.length} blocks; at most ${ROWS_MAX} of a contribution are opened.`,
    );
  }
  return { rows, answerMs: product.openings.answerMs };
}
