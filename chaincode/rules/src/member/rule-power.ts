import type { Role } from '@veilsum/protocol';

/** Roles that make, oversee or guard the rules. */
const RULE_POWERS: readonly Role[] = ['operator', 'keyholder', 'regulator', 'auditor'];

/**
 * Whether a member speaks for its organisation on proposals. Letting it in, changing its status or giving it
 * a certificate is a change of the rules (docs/ledger.md, Changes of the rules); taking a certificate away
 * is none: that must work at once.
 */
export function hasRulePower({ roles }: { readonly roles: readonly Role[] }): boolean {
  return roles.some((role) => RULE_POWERS.includes(role));
}
