import { randomBytes } from 'node:crypto';
import { askLedger, openMemberIdentity, tellLedger, type MemberIdentity } from '@veilsum/ledger';
import { accountSchema, productSchema, type ProductDefinition, type Role } from '@veilsum/protocol';
import type { RunningNetwork } from '../network/bring-up.js';
import { enrolMissing } from '../network/consortium-founding.js';
import type { PlannedMember } from '../network/network-plan.js';
import { generatePassphrase } from '../network/enrolment.js';
import { adoptChange, approversInWords } from '../proposal/proposed-change.js';
import { connectSession, type Session } from '../session/session.js';
import { readRetailExample, type RetailExample } from './retail-example.js';
import type { DemoStage } from './demo-stage.js';

/** The members of the retail example at work. */
export interface RetailNetwork {
  readonly example: RetailExample;
  readonly operator: Session;
  readonly analyst: Session;
  /** Opens a member's keys when they are needed, once. */
  sessionOf(memberId: string): Promise<Session>;
  /** The data file behind a contribution that this machine made. */
  readonly fileOf: (contributionId: string) => string;
  readonly filesByContribution: Map<string, string>;
}

/** What the analyst gets to spend, in cents. */
const ANALYST_DEPOSIT = '500000';

/** Enrols platform, merchants, analyst and auditor, publishes the products and funds the analyst. */
export async function enrolRetailers(
  stage: DemoStage,
  running: RunningNetwork,
): Promise<RetailNetwork> {
  const example = await readRetailExample();
  const { operator } = running;
  const members = exampleMembers(example);
  stage.say(
    `${members.length} more members, each with keys and a certificate of its own: a platform, ${example.merchants.length} merchants, an analyst, an auditor.`,
  );
  const created = await enrolMissing(operator, members);
  const sessionOf = sessionOpener(running, created);
  const analyst = await sessionOf('analyst');
  for (const { definition } of example.products) {
    await publish(stage, operator, definition);
  }
  await fundAnalyst(stage, operator, analyst);
  const filesByContribution = new Map<string, string>();
  return {
    example,
    operator,
    analyst,
    sessionOf,
    filesByContribution,
    fileOf: (contributionId) => filesByContribution.get(contributionId) ?? contributionId,
  };
}

/** Publishes a standard, unless an earlier run has done so. */
async function publish(
  stage: DemoStage,
  operator: Session,
  definition: ProductDefinition,
): Promise<void> {
  const { productId, version, title } = definition;
  const known = await askLedger(operator.ledger, 'product:list', {}, productSchema.array());
  if (known.some((one) => one.productId === productId && one.version === version)) return;
  const reason = `The example asks about ${title}.`;
  const adopted = await adoptChange(operator, { kind: 'standard', content: definition, reason });
  stage.say(
    `Published ${productId}@${version}: ${title}; approved by ${approversInWords(adopted)}.`,
  );
}

function exampleMembers(example: RetailExample): PlannedMember[] {
  const member = (
    memberId: string,
    mspId: string,
    role: Role,
    size: PlannedMember['size'] = 'large',
  ): PlannedMember => ({
    memberId,
    mspId,
    legalEntityId: memberId,
    name: memberId,
    roles: [role],
    size,
  });
  return [
    member('platform', 'PlatformMSP', 'platform'),
    ...example.merchants.map(({ id, size }) => member(id, 'MerchantsMSP', 'merchant', size)),
    member('analyst', 'PlatformMSP', 'analyst'),
    member('auditor', 'RegulatorMSP', 'auditor'),
  ];
}

/** Key stores are opened one after another, and kept open: each opening takes 128 MiB and half a second. */
function sessionOpener(
  { network, operator: { state } }: RunningNetwork,
  created: ReadonlyMap<string, MemberIdentity>,
): (memberId: string) => Promise<Session> {
  const sessions = new Map<string, Session>();
  return async (memberId) => {
    const open = sessions.get(memberId);
    if (open !== undefined) return open;
    const identity =
      created.get(memberId) ??
      (await openMemberIdentity(state.member(memberId), await generatePassphrase(state, memberId)));
    const session = await connectSession(state, network, identity);
    sessions.set(memberId, session);
    return session;
  };
}

async function fundAnalyst(stage: DemoStage, operator: Session, analyst: Session): Promise<void> {
  const accountId = `member:${analyst.identity.memberId}`;
  const account = await askLedger(operator.ledger, 'account:list', {}, accountSchema.array());
  const balance = account.find((known) => known.accountId === accountId)?.balance ?? '0';
  if (BigInt(balance) >= BigInt(ANALYST_DEPOSIT) / 2n) return;
  const transferId = randomBytes(16).toString('hex');
  await tellLedger(analyst.ledger, 'account:proposeTransfer', {
    format: 'veilsum-transfer/1',
    transferId,
    kind: 'deposit',
    amount: ANALYST_DEPOSIT,
    reference: 'example deposit',
  });
  await tellLedger(operator.ledger, 'account:confirmTransfer', { transferId });
  stage.say('The analyst claims a deposit of 5,000.00; the operator confirms it: two signatures.');
}
