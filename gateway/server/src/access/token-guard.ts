import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { LEDGER_HEIGHT_HEADER, type TokenBearer } from '@veilsum/ledger';
import { VeilsumError, type Member } from '@veilsum/protocol';

import { LedgerRecords } from '../ledger/ledger-records.js';
import { LedgerView } from '../ledger/ledger-view.js';
import type { GatewayRequest } from '../problems/gateway-request.js';
import { ACCESS_RULE, type AccessRule } from './access-rule.js';
import type { Caller } from './caller.js';
import { TokenVerifier } from './token-verifier.js';

const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;

/** Longer than any token with one certificate; longer ones are not even decoded. */
const TOKEN_LENGTH_MAX = 8192;

/**
 * Lets a request pass only by a rule of its route, and, where the rule asks for a member, only with a
 * token signed by a certificate that the consortium's authorities issued, that is within its dates,
 * and that stands on the ledger's record of an active member (docs/architecture.md, Gateway).
 */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(LedgerView) private readonly view: LedgerView,
    @Inject(TokenVerifier) private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()];
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, places);
    if (rule === undefined) throw new VeilsumError('FORBIDDEN', 'No rule allows this call.');
    if (rule === 'anyone') return true;
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    const caller = await this.#authenticate(request);
    requireRole(caller.member, rule);
    request.caller = caller;
    return true;
  }

  async #authenticate({ headers }: GatewayRequest): Promise<Caller> {
    const bearer = await this.verifier.verify(tokenOf(headers.authorization));
    // Only whoever has a certificate makes the gateway wait.
    await this.view.reach(headers[LEDGER_HEIGHT_HEADER]);
    const member = await this.#memberOf(bearer);
    requireStanding(member, bearer);
    return { member, fingerprint: bearer.fingerprint };
  }

  async #memberOf(bearer: TokenBearer): Promise<Member> {
    try {
      return await this.records.member(bearer.memberId);
    } catch (error) {
      if (!(error instanceof VeilsumError) || error.code !== 'NOT_FOUND') throw error;
      throw new VeilsumError('UNAUTHENTICATED', 'The ledger knows no such member.');
    }
  }
}

function tokenOf(authorization: string | undefined): string {
  const token = BEARER.exec((authorization ?? '').slice(0, TOKEN_LENGTH_MAX))?.[1];
  if (token === undefined) {
    throw new VeilsumError(
      'UNAUTHENTICATED',
      'Send a bearer token that is signed with the enrolment key.',
    );
  }
  return token;
}

function requireStanding(member: Member, bearer: TokenBearer): void {
  if (member.mspId !== bearer.mspId) {
    throw new VeilsumError('UNAUTHENTICATED', 'The member belongs to another organisation.');
  }
  if (!member.certificateFingerprints.includes(bearer.fingerprint)) {
    throw new VeilsumError(
      'CERTIFICATE_REVOKED',
      "The certificate is not, or no longer, on the member's ledger record.",
    );
  }
  if (member.status !== 'active') {
    throw new VeilsumError('MEMBER_NOT_ACTIVE', `The member is ${member.status}, not active.`);
  }
}

function requireRole(member: Member, rule: Exclude<AccessRule, 'anyone'>): void {
  if (rule === 'member' || rule.some((role) => member.roles.includes(role))) return;
  throw new VeilsumError('FORBIDDEN', `This is for members with the role ${rule.join(' or ')}.`);
}
