import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader } from '@nestjs/swagger';
import { LEDGER_HEIGHT_HEADER } from '@veilsum/ledger';
import type { Role } from '@veilsum/protocol';

export const ACCESS_RULE = 'veilsum:access';

/** Who may call a route at all; finer rules are the first line of the service method behind it. */
export type AccessRule = 'anyone' | 'member' | readonly Role[];

/** No token is asked for. */
export const AllowAnyone = () => SetMetadata(ACCESS_RULE, 'anyone' satisfies AccessRule);

/** Every active member may. */
export const AllowMembers = () => allow('member');

/** Active members with one of these roles may. */
export const AllowRoles = (...roles: Role[]) => allow(roles);

const ledgerHeight = ApiHeader({
  name: LEDGER_HEIGHT_HEADER,
  required: false,
  description:
    'How many blocks of the ledger the caller has seen. The gateway decides when it sees as many, and answers LEDGER_UNAVAILABLE, to be tried again, when that takes more than 5 seconds',
  schema: { type: 'integer', minimum: 0 },
});

function allow(rule: AccessRule) {
  return applyDecorators(SetMetadata(ACCESS_RULE, rule), ApiBearerAuth(), ledgerHeight);
}
