import { StatusCode } from '@hyperledger/fabric-gateway';

import { errorOfInvalid, isWorthAnotherAttempt } from './validation-verdict.js';

const transactionId = 'a'.repeat(64);
const codeOf = (validationCode: number) => errorOfInvalid({ transactionId, validationCode });

it.each([StatusCode.MVCC_READ_CONFLICT, StatusCode.PHANTOM_READ_CONFLICT])(
  'tries conflict %i again, however often',
  (validationCode) => {
    expect(isWorthAnotherAttempt(validationCode, 1)).toBe(true);
    expect(isWorthAnotherAttempt(validationCode, 1000)).toBe(true);
    expect(codeOf(validationCode)).toMatchObject({ code: 'MVCC_CONFLICT', transactionId });
  },
);

it.each([
  StatusCode.ENDORSEMENT_POLICY_FAILURE,
  StatusCode.EXPIRED_CHAINCODE,
  StatusCode.CHAINCODE_VERSION_CONFLICT,
])('tries a few times whether %i was a matter of a change in between', (validationCode) => {
  expect([1, 2, 3].map((attempt) => isWorthAnotherAttempt(validationCode, attempt))).toEqual([
    true,
    true,
    false,
  ]);
  expect(codeOf(validationCode)).toMatchObject({ code: 'FORBIDDEN', transactionId });
});

it('tries nothing else again, and names what the peers said', () => {
  const others = Object.values(StatusCode).filter(
    (code) => ![0, 10, 11, 12, 17, 18].includes(code),
  );
  for (const validationCode of others) {
    expect(isWorthAnotherAttempt(validationCode, 1)).toBe(false);
    expect(codeOf(validationCode)).toMatchObject({ code: 'INTERNAL', transactionId });
  }
  expect(codeOf(StatusCode.BAD_CREATOR_SIGNATURE).message).toContain('BAD_CREATOR_SIGNATURE');
  expect(codeOf(99).message).toContain('code 99');
});
