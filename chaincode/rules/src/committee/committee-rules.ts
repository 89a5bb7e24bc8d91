import { CryptoError, decodePublicKey } from '@veilsum/crypto';
import type { CommitteeKeyRegistration, Consortium, Member, Verdict } from '@veilsum/protocol';
import { firstRepeated } from '../product/product-structure.js';
import { outcomeOf, verdictOf, type RuleFailure } from '../verdict.js';

/** What a committee key is held against. */
export interface CommitteeKeyFacts {
  readonly registration: CommitteeKeyRegistration;
  readonly consortium: Pick<Consortium, 'testNetwork'>;
  /** The members that exist among the keyholders named, in that order. */
  readonly keyholders: readonly Pick<Member, 'memberId' | 'legalEntityId' | 'roles' | 'status'>[];
}

/**
 * Whether a committee key may take new epochs: its record passes the whole check of docs/protocol.md §2,
 * and behind each index stands an active keyholder of a legal entity of its own.
 */
export function checkCommitteeKey(facts: CommitteeKeyFacts): Verdict {
  const { record } = facts.registration;
  const about = { keyId: record.keyId, modulusBits: record.modulusBits, t: record.t, l: record.l };
  return verdictOf([
    outcomeOf('key-keyholders', keyholderFault(facts), about),
    outcomeOf('key-entities', entityFault(facts), about),
    outcomeOf('key-size', testKeyFault(facts), about),
    outcomeOf('key-record', recordFault(facts), about),
  ]);
}

function keyholderFault({ registration, keyholders }: CommitteeKeyFacts): RuleFailure | undefined {
  const names = registration.keyholders;
  if (names.length !== registration.record.l) {
    return invalid(`The field keyholders names ${names.length} of ${registration.record.l}.`);
  }
  if (firstRepeated(names) !== undefined) return invalid('The field keyholders has one twice.');
  const unfit = names.find((name) => {
    const member = keyholders.find(({ memberId }) => memberId === name);
    return member?.status !== 'active' || !member.roles.includes('keyholder');
  });
  return unfit === undefined
    ? undefined
    : invalid(`The member ${unfit} is not an active member with the role keyholder.`);
}

function entityFault({ keyholders }: CommitteeKeyFacts): RuleFailure | undefined {
  const shared = firstRepeated(keyholders.map(({ legalEntityId }) => legalEntityId));
  return shared === undefined
    ? undefined
    : invalid('Two keyholders belong to one legal entity, which would hold two shares.');
}

function testKeyFault({ registration, consortium }: CommitteeKeyFacts): RuleFailure | undefined {
  const { insecureTestKey } = registration.record;
  return insecureTestKey === true && !consortium.testNetwork
    ? {
        code: 'KEY_RECORD_INVALID',
        sentence: 'A key that is marked as insecure is for test networks only.',
      }
    : undefined;
}

function recordFault({ registration }: CommitteeKeyFacts): RuleFailure | undefined {
  try {
    decodePublicKey(registration.record);
    return undefined;
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return { code: 'KEY_RECORD_INVALID', sentence: error.message };
  }
}

function invalid(sentence: string): RuleFailure {
  return { code: 'INVALID_ARGUMENT', sentence };
}
