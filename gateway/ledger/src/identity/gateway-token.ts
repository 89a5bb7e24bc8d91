import { randomUUID } from 'node:crypto';

import { VeilsumError, memberIdSchema, type Fingerprint, type MemberId } from '@veilsum/protocol';
import { SignJWT, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';

import { parseCertificate } from './certificate.js';
import type { MemberIdentity } from './member-identity.js';
import type { TrustedAuthorities } from './trusted-authorities.js';

/** A stolen token is of use until it ends, and a clock may be wrong by this much either way. */
const LIFETIME_MAX_MS = 300_000;
const CLOCK_TOLERANCE_MS = 60_000;

export interface TokenOptions {
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly nowMs?: number;
  /** At most five minutes, which is the default. */
  readonly lifetimeMs?: number;
}

export interface TokenCheck {
  /** This gateway's id. */
  readonly audience: string;
  readonly authorities: TrustedAuthorities;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Who shows a token. Whether the ledger knows that member under this fingerprint is asked separately. */
export interface TokenBearer {
  readonly memberId: MemberId;
  readonly mspId: string;
  readonly fingerprint: Fingerprint;
  /** Unique per token. */
  readonly tokenId: string;
  readonly expiresAtMs: number;
}

const headerSchema = z.strictObject({
  alg: z.literal('ES256'),
  typ: z.literal('JWT'),
  /** The enrolment certificate alone; its root is known to the verifier. */
  x5c: z.tuple([z.base64()]),
});

const claimsSchema = z.strictObject({
  sub: memberIdSchema,
  aud: z.string(),
  msp: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
  jti: z.string().min(16).max(64),
});

/**
 * A bearer token for one gateway: a JWT (RFC 7519) signed with the enrolment key, ES256, `x5c` header.
 * @param audience - the gateway's id; another gateway refuses the token
 * @returns compact JWS. It lets its bearer act as the member until it ends: secret
 */
export function createGatewayToken(
  identity: Pick<MemberIdentity, 'memberId' | 'mspId' | 'signer'>,
  audience: string,
  options: TokenOptions = {},
): Promise<string> {
  const issuedAt = Math.floor((options.nowMs ?? Date.now()) / 1000);
  const lifetimeMs = Math.min(options.lifetimeMs ?? LIFETIME_MAX_MS, LIFETIME_MAX_MS);
  const certificate = Buffer.from(identity.signer.certificate).toString('base64');
  const token = new SignJWT({ msp: identity.mspId })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', x5c: [certificate] })
    .setSubject(identity.memberId)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.floor(lifetimeMs / 1000))
    .setJti(randomUUID());
  return identity.signer.signToken(token);
}

/**
 * Checks a token: signature, audience, dates, and the certificate's chain and dates.
 * @throws {@link VeilsumError} UNAUTHENTICATED, TOKEN_AUDIENCE, CERTIFICATE_UNTRUSTED or CERTIFICATE_EXPIRED
 */
export async function verifyGatewayToken(token: string, check: TokenCheck): Promise<TokenBearer> {
  const certificate = certificateOf(token);
  const claims = await verifyClaims(token, certificate, check);
  const trusted = check.authorities.require(certificate, claims.msp, check.nowMs);
  return {
    memberId: claims.sub,
    mspId: claims.msp,
    fingerprint: trusted.fingerprint,
    tokenId: claims.jti,
    expiresAtMs: claims.exp * 1000,
  };
}

function certificateOf(token: string): Uint8Array {
  try {
    const [certificate] = headerSchema.parse(decodeProtectedHeader(token)).x5c;
    return Uint8Array.from(Buffer.from(certificate, 'base64'));
  } catch {
    throw new VeilsumError('UNAUTHENTICATED', 'The token is not one of this network.');
  }
}

async function verifyClaims(token: string, certificate: Uint8Array, check: TokenCheck) {
  const key = parseCertificate(certificate).publicKey;
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['ES256'],
      audience: check.audience,
      currentDate: new Date(check.nowMs),
      clockTolerance: CLOCK_TOLERANCE_MS / 1000,
      maxTokenAge: LIFETIME_MAX_MS / 1000,
    });
    return requireClaims(payload);
  } catch (error) {
    throw refusalOf(error);
  }
}

function requireClaims(payload: JWTPayload): z.infer<typeof claimsSchema> {
  const claims = claimsSchema.parse(payload);
  if (claims.exp - claims.iat > LIFETIME_MAX_MS / 1000) {
    throw new VeilsumError('UNAUTHENTICATED', 'The token is made to last too long.');
  }
  return claims;
}

/** The library's own messages may quote the token, so none of them goes on. */
function refusalOf(error: unknown): VeilsumError {
  if (error instanceof VeilsumError) return error;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return new VeilsumError(
      'TOKEN_AUDIENCE',
      'The token was made for another gateway; make one for this gateway.',
    );
  }
  if (error instanceof errors.JWTExpired) {
    return new VeilsumError('UNAUTHENTICATED', 'The token has ended; send a fresh one.');
  }
  return new VeilsumError('UNAUTHENTICATED', 'The token does not prove who sent it.');
}
