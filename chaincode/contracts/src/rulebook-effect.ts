import { proposalContentSchemas, type AdoptedRulebook, type Rulebook } from '@veilsum/protocol';
import { checkRulebook, checkRulebookAmong, requireAllowed, ruleApprovals } from '@veilsum/rules';
import type { ProposedKind } from './proposal-effect.js';
import { recordRuleChange } from './rule-change.js';
import { rulebookPart, rulebookTimes, rulebooks } from './rulebook-objects.js';

/**
 * A rulebook. It is in force from its own date on, or from its adoption if that comes later, so that no
 * query of the past falls under it.
 */
export const rulebook: ProposedKind<Rulebook> = {
  schema: proposalContentSchemas.rulebook,
  approvals: ruleApprovals,
  async check({ state, now }, content) {
    const versions = (await state.list(rulebookTimes)).map(({ version }) => version);
    requireAllowed(checkRulebook(content));
    requireAllowed(checkRulebookAmong(content, { versions, now }));
  },
  async effect(call, content) {
    const { state, now } = call;
    const { version, effectiveFrom } = content;
    const key = [rulebookPart(version)];
    const inForceFrom = Math.max(effectiveFrom, now);
    const adopted: AdoptedRulebook = { rulebook: content, adoptedAt: now, inForceFrom };
    const policy = await recordRuleChange(call);
    await state.put(rulebooks, key, adopted, policy);
    await state.put(rulebookTimes, key, { version, inForceFrom }, policy);
    return { name: 'rulebookAdopted', payload: { version, inForceFrom } };
  },
};
