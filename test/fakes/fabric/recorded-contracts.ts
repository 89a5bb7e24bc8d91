import { z } from 'zod';
import {
  LedgerContract,
  certificates,
  consortia,
  createContracts,
  members,
  migrationRecords,
  productKey,
  products,
  ruleRevisions,
  type ContractOptions,
  type TransactionContext,
  type UnregisteredCall,
} from '@veilsum/contracts';
import {
  consortiumSchema,
  memberRegistrationSchema,
  productDefinitionSchema,
  type MemberRegistration,
} from '@veilsum/protocol';
import { hasRulePower } from '@veilsum/rules';

const foundingSchema = z.strictObject({
  consortium: consortiumSchema,
  operator: memberRegistrationSchema,
});

/**
 * The contracts that the recorded channels ran, as far as the recordings go: in that release the operator
 * founded, enrolled and published alone. An auditor of such a channel takes the release of its time.
 */
export function recordedContracts(options: ContractOptions): readonly LedgerContract[] {
  const recorded = [
    new RecordedConsortium('consortium', options),
    new RecordedMembers('member', options),
    new RecordedProducts('product', options),
  ];
  const names = recorded.map((contract) => contract.getName());
  const others = createContracts(options).filter((one) => !names.includes(one.getName()));
  return [...recorded, ...others];
}

class RecordedConsortium extends LedgerContract {
  initialize(context: TransactionContext, argument: string): Promise<string> {
    return this.transactAsFounder(context, argument, foundingSchema, async (call, founding) => {
      const { state, transactionId, now } = call;
      const { consortium } = founding;
      await state.put(ruleRevisions, [], { revision: 1, transactionId });
      await state.put(consortia, [], consortium);
      const migrationId = '0001-rule-revision';
      const done = { migrationId, status: 'done' as const, transactionId, at: now };
      await state.put(migrationRecords, [migrationId], done);
      const operator = await enrol(call, founding.operator);
      call.emit('consortiumChanged', { name: consortium.name });
      return { consortium, operator };
    });
  }
}

class RecordedMembers extends LedgerContract {
  register(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: memberRegistrationSchema };
    return this.transact(context, argument, rule, async (call, registration) => {
      if (hasRulePower(registration)) await takeNextRevision(call);
      const member = await enrol(call, registration);
      call.emit('memberChanged', { memberId: member.memberId });
      return member;
    });
  }
}

class RecordedProducts extends LedgerContract {
  publish(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: productDefinitionSchema };
    return this.transact(context, argument, rule, async (call, definition) => {
      const { productId, version } = definition;
      const product = { ...definition, publishedAt: call.now };
      await takeNextRevision(call);
      await call.state.put(products, productKey(productId, version), product);
      call.emit('productPublished', { productId, version });
      return product;
    });
  }
}

async function takeNextRevision({ state, transactionId }: UnregisteredCall): Promise<void> {
  const { revision } = await state.require(ruleRevisions);
  await state.put(ruleRevisions, [], { revision: revision + 1, transactionId });
}

async function enrol({ state, now }: UnregisteredCall, registration: MemberRegistration) {
  const { memberId } = registration;
  const member = { ...registration, status: 'active' as const, registeredAt: now };
  for (const fingerprint of member.certificateFingerprints) {
    await state.put(certificates, [fingerprint], { memberId, status: 'active' });
  }
  await state.put(members, [memberId], member);
  return member;
}
