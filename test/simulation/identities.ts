import type { Fingerprint } from '@veilsum/protocol';
import type { MemoryLedger } from '../../chaincode/contracts/src/testing/index.js';
import type { SeededRandom } from '../crash/seeded-random.js';
import type { CommittedState } from './committed-state.js';
import { chance, pickAny } from './world.js';

/** A certificate that was issued to somebody, whether or not the ledger knows it. */
export interface Identity {
  /** The ledger's name of it. */
  readonly name: string;
  readonly memberId: string;
  readonly fingerprint: Fingerprint;
}

const CERTIFICATES_EACH = 4;

/** Every certificate that members have or will have: the first, and those it is renewed by. */
export class Identities {
  readonly #byMember = new Map<string, readonly Identity[]>();
  readonly #byName = new Map<string, Identity>();

  async issue(ledger: MemoryLedger, memberId: string, mspId: string): Promise<void> {
    const issued: Identity[] = [];
    for (let number = 1; number <= CERTIFICATES_EACH; number += 1) {
      const name = number === 1 ? memberId : `${memberId} renewed ${number}`;
      const { fingerprint } = await ledger.identity(name, mspId);
      const identity = { name, memberId, fingerprint: fingerprint as Fingerprint };
      issued.push(identity);
      this.#byName.set(name, identity);
    }
    this.#byMember.set(memberId, issued);
  }

  ofMember(memberId: string): readonly Identity[] {
    return this.#byMember.get(memberId) ?? [];
  }

  named(name: string): Identity {
    const identity = this.#byName.get(name);
    if (identity === undefined) throw new Error(`Nobody is called ${name}.`);
    return identity;
  }

  /** Mostly one that speaks for the member; now and then one that does not yet, or no longer. */
  signerOf(memberId: string, state: CommittedState, random: SeededRandom): string {
    const issued = this.ofMember(memberId);
    const known = state.get('member', memberId)?.certificateFingerprints ?? [];
    const valid = issued.filter(({ fingerprint }) => known.includes(fingerprint));
    const wanted = chance(random, 0.98) ? valid : issued;
    return pickAny(random, wanted)?.name ?? memberId;
  }
}
