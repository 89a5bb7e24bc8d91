import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { EndorseError, GatewayError, type ErrorDetail } from '@hyperledger/fabric-gateway';
import { VeilsumError, errorCodes } from '@veilsum/protocol';
import fc from 'fast-check';

import { classifyFailure } from './peer-failure.js';

const OWN = 'AssociationMSP';
const TRANSACTION_ID = 'a'.repeat(64);

function failed(code: ServiceError['code'], message: string, details: readonly ErrorDetail[] = []) {
  const cause: ServiceError = Object.assign(new Error(message), {
    code,
    details: message,
    metadata: new Metadata(),
  });
  const properties = { code, details: [...details], cause, message };
  return new EndorseError({ ...properties, transactionId: TRANSACTION_ID });
}

function said(message: string, mspId = OWN): ErrorDetail {
  return { address: 'peer0:7051', message, mspId };
}

function refused(code: string): unknown {
  return { kind: 'refused', refusal: expect.objectContaining({ code }) as unknown };
}

it("takes a contract's refusal from the own peer, with its transaction", () => {
  const error = failed(status.ABORTED, 'failed to endorse transaction, see attached details', [
    said('chaincode response 500, CONSENT_WITHDRAWN: A consent was withdrawn.'),
  ]);
  expect(classifyFailure(error, OWN)).toEqual({
    kind: 'refused',
    refusal: expect.objectContaining({
      code: 'CONSENT_WITHDRAWN',
      message: 'A consent was withdrawn.',
      transactionId: TRANSACTION_ID,
    }) as unknown,
  });
});

it('reads every code of ours out of a detail, whatever the sentence', () => {
  const codes = Object.keys(errorCodes);
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.string({ minLength: 1 }).filter((text) => !/[A-Z0-9_]{3,}: /.test(text)),
      (code, sentence) => {
        const error = failed(status.ABORTED, 'see details', [
          said(`chaincode response 500, ${code}: ${sentence}`),
        ]);
        const failure = classifyFailure(error, OWN);
        expect(failure).toEqual(refused(code));
      },
    ),
  );
});

it("does not take another organisation's refusal for the ledger's word", () => {
  const error = failed(status.ABORTED, 'failed to collect enough transaction endorsements', [
    said('chaincode response 500, NOT_FOUND: There is no such object.', 'PlatformMSP'),
  ]);
  expect(classifyFailure(error, OWN)).toEqual({
    kind: 'disagreement',
    refusal: expect.objectContaining({ code: 'NOT_FOUND' }) as unknown,
  });
});

it('takes different results for a disagreement with what happens meanwhile', () => {
  const error = failed(status.ABORTED, 'failed to collect enough transaction endorsements', [
    said('ProposalResponsePayloads do not match', 'PlatformMSP'),
  ]);
  expect(classifyFailure(error, OWN)).toMatchObject({
    kind: 'disagreement',
    refusal: { code: 'MVCC_CONFLICT' },
  });
});

it('hides what a contract says that failed without a code', () => {
  const error = failed(status.UNKNOWN, 'evaluate call to endorser returned error', [
    said('chaincode response 500, TypeError: the account 12345 of Ms. Example'),
  ]);
  const failure = classifyFailure(error, OWN);
  expect(failure).toEqual(refused('INTERNAL'));
  expect(JSON.stringify(failure)).not.toContain('12345');
});

it.each([
  [
    status.ABORTED,
    'received unsuccessful response from orderer: status=REQUEST_ENTITY_TOO_LARGE, info=message payload is 11000000 bytes',
    'LIMIT_EXCEEDED',
  ],
  [
    status.RESOURCE_EXHAUSTED,
    'RESOURCE_EXHAUSTED: Received message larger than max (105 vs 104)',
    'LIMIT_EXCEEDED',
  ],
  [
    status.ABORTED,
    'received unsuccessful response from orderer: status=FORBIDDEN, info=implicit policy evaluation failed',
    'CERTIFICATE_UNTRUSTED',
  ],
  [
    status.FAILED_PRECONDITION,
    'error validating proposal: access denied: channel [veilsum] creator org [X]',
    'CERTIFICATE_UNTRUSTED',
  ],
  [
    status.UNKNOWN,
    "chaincode response 500, You've asked to invoke a function that does not exist: x",
    'UNKNOWN_TRANSACTION',
  ],
])('finds what no retry mends in code %i, %s', (code, message, expected) => {
  expect(classifyFailure(failed(code, message), OWN)).toEqual(refused(expected));
  expect(classifyFailure(failed(code, 'see details', [said(message)]), OWN)).toEqual(
    refused(expected),
  );
});

it.each([
  [status.UNAVAILABLE, 'UNAVAILABLE: No connection established', []],
  [status.DEADLINE_EXCEEDED, 'endorsement timeout expired while collecting first endorsement', []],
  [
    status.ABORTED,
    'failed to endorse transaction',
    [said('error in simulation: failed to execute transaction: could not launch chaincode')],
  ],
  [
    status.FAILED_PRECONDITION,
    'no combination of peers can be derived which satisfy the endorsement policy',
    [],
  ],
  [status.UNKNOWN, 'too many requests for /gateway.Gateway, exceeding concurrency limit (500)', []],
])('goes on after code %i, %s', (code, message, details) => {
  expect(classifyFailure(failed(code, message, details), OWN)).toEqual({
    kind: 'unavailable',
    reason: expect.stringContaining(message) as unknown,
  });
});

it('passes its own refusals on and takes what it does not know for an outage', () => {
  const own = new VeilsumError('LEDGER_INTEGRITY', 'Founded otherwise.');
  expect(classifyFailure(own, OWN)).toEqual({ kind: 'refused', refusal: own });
  const behind = new VeilsumError('LEDGER_UNAVAILABLE', 'Behind.');
  expect(classifyFailure(behind, OWN).kind).toBe('unavailable');
  expect(classifyFailure(new Error('socket hang up'), OWN).kind).toBe('unavailable');
  expect(
    new GatewayError({
      code: status.CANCELLED,
      details: [],
      cause: failed(status.CANCELLED, '').cause,
    }).code,
  ).toBe(1);
});
