import {
  VeilsumError,
  proposalContentSchemas,
  type Consortium,
  type OrganisationAdmission,
} from '@veilsum/protocol';
import { checkOrganisationRoles, isAdmitted, requireAllowed, ruleApprovals } from '@veilsum/rules';
import { consortia, members } from './ledger-objects.js';
import type { ProposedKind } from './proposal-effect.js';
import { changeConsortium } from './rule-change.js';

/** An organisation that joins, or what the members of one that is there may be from then on. */
export const organisation: ProposedKind<OrganisationAdmission> = {
  schema: proposalContentSchemas.organisation,
  approvals: (facts) => ruleApprovals(facts),
  async check({ state, mspIds }, proposed) {
    const consortium = await state.require(consortia);
    if (isAdmitted(proposed, consortium)) {
      const sentence = `${proposed.mspId} is in the consortium with these roles already.`;
      throw new VeilsumError('INVALID_STATE', sentence);
    }
    const everyone = await state.list(members);
    requireAllowed(checkOrganisationRoles(proposed, { consortium, members: everyone }));
    requireAuthority(mspIds, proposed.mspId);
  },
  async effect(call, { mspId, roles }) {
    const from = await call.state.require(consortia);
    const to: Consortium = { ...from, mspRoles: { ...from.mspRoles, [mspId]: roles } };
    await changeConsortium(call, { from, to });
    return { name: 'consortiumChanged', payload: { mspId } };
  },
};

/** @throws {@link VeilsumError} INVALID_STATE when members of the organisation could never sign */
function requireAuthority(mspIds: readonly string[] | undefined, mspId: string): void {
  if (mspIds === undefined || mspIds.includes(mspId)) return;
  throw new VeilsumError(
    'INVALID_STATE',
    `The genesis of this ledger names no authority of ${mspId}, so its members could not sign. Only a Fabric network takes in organisations that it was not founded with.`,
  );
}
