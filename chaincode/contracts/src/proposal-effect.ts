import type { JsonValue } from '@veilsum/crypto';
import type { MemberId } from '@veilsum/protocol';
import type { ApprovalDecision, ApprovalFacts } from '@veilsum/rules';
import type { ZodType } from 'zod';
import type { LedgerEventName, UnregisteredCall } from './transaction-call.js';

/** What a proposal's check and effect may use. */
export interface EffectCall extends Pick<UnregisteredCall, 'state' | 'now' | 'transactionId'> {
  readonly proposedBy: MemberId;
  /** When they cannot change, the only organisations whose members the ledger takes signatures of. */
  readonly mspIds: readonly string[] | undefined;
}

/** The event of a transaction by which a proposal took effect; the proposal's id is added to it. */
export interface EffectEvent {
  readonly name: LedgerEventName;
  readonly payload: Readonly<Record<string, JsonValue>>;
}

/** What can be proposed: who decides, whether it is possible, and what it does. */
export interface ProposedKind<Content> {
  readonly schema: ZodType<Content>;
  /** Whose approval it needs. */
  approvals(
    facts: ApprovalFacts,
    content: Content,
    call: EffectCall,
  ): ApprovalDecision | Promise<ApprovalDecision>;
  /**
   * Asked when it is proposed and again when it would take effect.
   * @throws VeilsumError with the reason why it cannot take effect
   */
  check(call: EffectCall, content: Content): Promise<void>;
  /** Writes what was proposed; it has just been checked in the same transaction. */
  effect(call: EffectCall, content: Content): Promise<EffectEvent>;
}
