import type { LedgerBlock } from '@veilsum/ledger';
import { ChannelVerification, type TransactionFinding } from '@veilsum/ledger/fabric';
import { VeilsumError } from '@veilsum/protocol';
import type { FabricSource } from './audit-source.js';
import type { AuditFinding } from './audit-rule.js';
import type { LedgerHead } from './audit.js';

/** What is checked of a channel before its contracts' rules, by Fabric's own rules. */
const CLAIMS: readonly (readonly [TransactionFinding['check'], string])[] = [
  ['signatures', 'Every valid transaction is signed by a member whose certificate was valid then.'],
  ['endorsements', 'Every valid transaction has the endorsements that the channel required then.'],
  ['validation codes', 'What the peer recorded as valid or refused is what Fabric’s rules say.'],
  ['execution', 'Every valid transaction, executed again by its contract, does the same.'],
];

/** A release may do otherwise what an earlier one did; only that one's auditor can tell. */
const EARLIER = {
  check: 'earlier executions',
  claim:
    'Every valid transaction of earlier contracts, executed again by this release, does the same.',
  advice: 'audit the blocks up to the upgrade with the release of that definition',
} as const;

interface ChannelFinding extends AuditFinding {
  readonly check: TransactionFinding['check'] | typeof EARLIER.check;
}

/** @param last - sequence of the contracts' definition at the end of the channel */
function placed({ sequence, ...finding }: TransactionFinding, last: number): ChannelFinding {
  if (sequence === undefined || sequence === last) return finding;
  const sentence = `${finding.sentence} It ran under definition ${sequence} of the contracts, and the channel has ${last} now: ${EARLIER.advice}.`;
  return { ...finding, check: EARLIER.check, sentence };
}

/** A channel that was checked once, block by block, and can be read as often as needed. */
export class VerifiedChannel {
  readonly head: LedgerHead;
  readonly #source: FabricSource;
  readonly #hashes: readonly string[];

  private constructor(
    source: FabricSource,
    hashes: readonly string[],
    findings: readonly ChannelFinding[],
  ) {
    this.#source = source;
    this.#hashes = hashes;
    const checks = [
      {
        check: 'blocks',
        claim: 'Blocks follow from the first and are signed by the orderers of the channel.',
        passed: true,
        findings: [],
      },
      ...[...CLAIMS, [EARLIER.check, EARLIER.claim] as const].map(([check, claim]) => {
        const found = findings.filter((finding) => finding.check === check);
        return { check, claim, passed: found.length === 0, findings: found };
      }),
    ];
    this.head = { height: hashes.length, headHash: hashes.at(-1) ?? '', checks };
  }

  /** @throws {@link VeilsumError} LEDGER_INTEGRITY naming the block where the chain is not what it should be */
  static async read(source: FabricSource): Promise<VerifiedChannel> {
    const verification = new ChannelVerification(source);
    const hashes: string[] = [];
    const findings: TransactionFinding[] = [];
    for await (const bytes of source.blocks()) {
      const verified = await verification.verify(bytes);
      hashes.push(verified.block.hash);
      findings.push(...verified.findings);
    }
    if (hashes.length === 0) throw new VeilsumError('SOURCE_UNREADABLE', 'There is no block.');
    const sequence = verification.release?.sequence ?? 0;
    return new VerifiedChannel(
      source,
      hashes,
      findings.map((finding) => placed(finding, sequence)),
    );
  }

  /** The blocks again. They are checked again, too: whoever sent them could send others now. */
  async *blocks(): AsyncGenerator<LedgerBlock> {
    const verification = new ChannelVerification(this.#source);
    for await (const bytes of this.#source.blocks()) {
      const { block } = await verification.verify(bytes);
      if (block.hash !== this.#hashes[block.number]) {
        throw new VeilsumError('LEDGER_INTEGRITY', `Block ${block.number} is another than before.`);
      }
      yield block;
      if (block.number === this.head.height - 1) return;
    }
    throw new VeilsumError('LEDGER_INTEGRITY', 'Blocks are missing that were there before.');
  }
}
