import {
  fingerprintSchema,
  memberIdSchema,
  memberRegistrationSchema,
  memberStatusSchema,
  type Member,
} from '@veilsum/protocol';
import {
  checkCertificateAddition,
  checkCertificateRevocation,
  checkLoneGrant,
  checkMemberRegistration,
  checkStatusChange,
  requireAllowed,
} from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { certificates, consortia, members } from './ledger-objects.js';
import { requireFreeOfDuties } from './member-duties.js';
import {
  addMember,
  changeMember,
  claimCertificate,
  countActiveOperators,
  isSameRegistration,
} from './member-registration.js';
import { takenId } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { TransactionContext } from './transaction-stub.js';

const memberReference = z.strictObject({ memberId: memberIdSchema });
const certificateReference = z.strictObject({
  memberId: memberIdSchema,
  fingerprint: fingerprintSchema,
});
const statusChange = z.strictObject({ memberId: memberIdSchema, status: memberStatusSchema });

/** `member`: who takes part (docs/ledger.md, Members). */
export class MemberContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('member', options);
  }

  /** The operator lets in a member with roles that it grants alone; all others come by proposal. */
  register(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: memberRegistrationSchema };
    return this.transact(context, argument, rule, async (call, registration) => {
      const existing = await call.state.get(members, registration.memberId);
      if (existing !== undefined) {
        if (isSameRegistration(existing, registration)) return existing;
        throw takenId('member', registration.memberId);
      }
      const consortium = await call.state.require(consortia);
      requireAllowed(checkMemberRegistration(registration, consortium));
      requireAllowed(checkLoneGrant(registration));
      const member = await addMember(call, registration);
      call.emit('memberChanged', { memberId: member.memberId });
      return member;
    });
  }

  /** The operator suspends, readmits or removes a member without power over the rules; a member may leave. */
  setStatus(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: statusChange };
    return this.transact(context, argument, rule, async (call, { memberId, status }) => {
      const { state, caller } = call;
      const member = await state.require(members, memberId);
      if (member.status === status && caller.roles.includes('operator')) return member;
      const activeOperators = await countActiveOperators(state);
      requireAllowed(checkStatusChange({ member, status, caller, activeOperators }));
      await requireFreeOfDuties(call, member, status);
      const changed: Member = { ...member, status };
      await changeMember(call, { from: member, to: changed });
      call.emit('memberChanged', { memberId });
      return changed;
    });
  }

  /** A member gives itself a further certificate, e.g. a renewed one; the operator to whom it lets in alone. */
  addCertificate(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: certificateReference };
    return this.transact(context, argument, rule, async (call, { memberId, fingerprint }) => {
      const { state, caller } = call;
      const member = await state.require(members, memberId);
      requireAllowed(checkCertificateAddition(member, caller));
      const { certificateFingerprints } = member;
      if (certificateFingerprints.includes(fingerprint)) return member;
      await claimCertificate(state, fingerprint, memberId);
      const changed: Member = {
        ...member,
        certificateFingerprints: [...certificateFingerprints, fingerprint],
      };
      await changeMember(call, { from: member, to: changed });
      call.emit('memberChanged', { memberId });
      return changed;
    });
  }

  /** The operator or the member itself takes a certificate's power away, for ever. */
  revokeCertificate(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: certificateReference };
    return this.transact(context, argument, rule, async (call, { memberId, fingerprint }) => {
      const { state, caller } = call;
      const member = await state.require(members, memberId);
      const activeOperators = await countActiveOperators(state);
      requireAllowed(checkCertificateRevocation({ member, fingerprint, caller, activeOperators }));
      await state.put(certificates, [fingerprint], { memberId, status: 'revoked' });
      const changed: Member = {
        ...member,
        certificateFingerprints: member.certificateFingerprints.filter(
          (other) => other !== fingerprint,
        ),
      };
      await state.put(members, [memberId], changed);
      call.emit('memberChanged', { memberId });
      return changed;
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: memberReference };
    return this.transact(context, argument, rule, ({ state }, { memberId }) =>
      state.require(members, memberId),
    );
  }

  list(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.list(members));
  }

  whoami(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ caller }) => Promise.resolve(caller));
  }
}
