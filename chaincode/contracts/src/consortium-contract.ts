import {
  VeilsumError,
  consortiumSchema,
  memberRegistrationSchema,
  type Consortium,
  type MemberRegistration,
} from '@veilsum/protocol';
import { checkConsortium, checkFounders, requireAllowed } from '@veilsum/rules';
import { z } from 'zod';
import { LedgerContract, type ContractOptions } from './ledger-contract.js';
import { consortia, members, ruleRevisions } from './ledger-objects.js';
import { addMembers, isSameRegistration } from './member-registration.js';
import { listMigrations, markMigrated, migrateOnce } from './migration.js';
import { startRuleRevisions } from './rule-change.js';
import { isSameContent } from './same-content.js';
import { nothingSchema } from './transaction-argument.js';
import type { UnregisteredCall } from './transaction-call.js';
import type { TransactionContext } from './transaction-stub.js';

const foundingSchema = z.strictObject({
  consortium: consortiumSchema,
  /** The founder, who signs. */
  operator: memberRegistrationSchema,
  /** Who belongs to it from the start beside the founder; one of them for a second organisation. */
  members: z.array(memberRegistrationSchema).min(1).max(50),
});

/** `consortium`: what was agreed when the network was founded. */
export class ConsortiumContract extends LedgerContract {
  constructor(options: ContractOptions = {}) {
    super('consortium', options);
  }

  /** Founds the consortium with its first members, once; whoever signs becomes its first operator. */
  initialize(context: TransactionContext, argument: string): Promise<string> {
    return this.transactAsFounder(context, argument, foundingSchema, async (call, founding) => {
      const { consortium, operator } = founding;
      const founded = await call.state.get(consortia);
      if (founded !== undefined) {
        await requireSameFounding(call, founded, founding);
        return {
          consortium: founded,
          operator: await call.state.require(members, operator.memberId),
        };
      }
      requireOwnRegistration(call, operator);
      requireAllowed(checkConsortium(consortium));
      const founders = [operator, ...founding.members];
      requireAllowed(checkFounders(founders, consortium));
      const policy = await startRuleRevisions(call, consortium);
      await call.state.put(consortia, [], consortium, policy);
      await markMigrated(call);
      const [founder] = await addMembers(call, founders, policy);
      call.emit('consortiumChanged', { name: consortium.name });
      return { consortium, operator: founder };
    });
  }

  read(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.require(consortia));
  }

  /** How often the rules have changed, and by which transaction last. */
  ruleRevision(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, ({ state }) => state.require(ruleRevisions));
  }

  /** What of an earlier release's data is still to be brought into the form of this one. */
  migrations(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: 'member' as const, schema: nothingSchema };
    return this.transact(context, argument, rule, (call) => listMigrations(call));
  }

  /** The operator takes one step of the next pending migration; again until nothing is left. */
  migrate(context: TransactionContext, argument: string): Promise<string> {
    const rule = { access: ['operator'] as const, schema: nothingSchema };
    return this.transact(context, argument, rule, async (call) => {
      const progress = await migrateOnce(call);
      if (progress.migrationId !== null) {
        call.emit('consortiumChanged', { migrationId: progress.migrationId });
      }
      return progress;
    });
  }
}

type Founding = z.infer<typeof foundingSchema>;

async function requireSameFounding(
  { state }: UnregisteredCall,
  founded: Consortium,
  { consortium, operator, members: others }: Founding,
): Promise<void> {
  let same = isSameContent(founded, consortium);
  for (const registration of [operator, ...others]) {
    const member = await state.get(members, registration.memberId);
    same &&= member !== undefined && isSameRegistration(member, registration);
  }
  if (!same) {
    throw new VeilsumError('ALREADY_INITIALISED', 'The consortium has been founded already.');
  }
}

function requireOwnRegistration(
  { mspId, fingerprint }: UnregisteredCall,
  operator: MemberRegistration,
): void {
  const own =
    operator.mspId === mspId &&
    operator.certificateFingerprints.includes(fingerprint) &&
    operator.roles.includes('operator');
  if (own) return;
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    'The field operator must register the identity that signs, with the role operator.',
  );
}
