import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
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

function allow(rule: AccessRule) {
  return applyDecorators(SetMetadata(ACCESS_RULE, rule), ApiBearerAuth());
}
