import { decodePublicKey, type CeremonyProgress } from '@veilsum/crypto';
import { askLedger } from '@veilsum/ledger';
import { committeeKeySchema } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { runCeremony } from '../network/key-ceremony.js';
import { addCommand, collectList } from './command.js';
import { showOutcome } from './proposal-outcome.js';
import { showId, showTime } from './wording.js';

interface CeremonyOptions {
  readonly keyholder: string[];
  readonly threshold: string;
  readonly bits: string;
}

/** Adds `veilsum committee …`. */
export function addCommitteeCommands(program: Command): void {
  const committee = program.command('committee').description('the keyholders and their key');
  addCommand<CeremonyOptions>(committee, {
    usage: 'ceremony',
    summary: 'make a committee key: this process is the dealer and knows the key until it exits',
    example:
      'committee ceremony --as operator --keyholder keyholder-1,keyholder-2,keyholder-3 --threshold 2',
    options: [
      {
        flags: '--keyholder <members>',
        meaning: 'index 1 first',
        required: true,
        parse: collectList,
      },
      { flags: '--threshold <t>', meaning: 'keyholders needed to open anything', default: '2' },
      { flags: '--bits <n>', meaning: 'length of the modulus', default: '3072' },
    ],
    run: async (context, options) => {
      const session = await context.session();
      const started = Date.now();
      const { keyId, proposal } = await runCeremony(session, {
        keyholders: options.keyholder,
        threshold: Number(options.threshold),
        modulusBits: Number(options.bits),
        shareFile: (memberId) => context.state.sealedShareFile(memberId),
        onProgress: oncePerSecond((progress) => {
          context.output.note(`  ${progressWords(progress)} (${seconds(started)} s)`);
        }),
      });
      await showOutcome(context, proposal, {
        sentence: `Key ${showId(keyId)} is on the ledger`,
        read: ['committee:read', { keyId }],
      });
      context.output.line(
        'Each share is sealed to its keyholder. The dealer ends now and forgets the key.',
      );
    },
  });
  addCommand(committee, {
    usage: 'show [key]',
    summary: 'committee keys: who holds the shares, and whether the record passes its check',
    example: 'committee show --as auditor',
    run: async (context, _options, [keyId]) => {
      const { ledger } = await context.session();
      const all = await askLedger(ledger, 'committee:list', {}, z.array(committeeKeySchema));
      const keys = all.filter((key) => keyId === undefined || key.keyId.startsWith(keyId));
      for (const key of keys) decodePublicKey(key.record);
      context.output.result(keys);
      context.output.table(
        ['key', 'bits', 'opened by', 'keyholders', 'registered (UTC)', 'status', 'record'],
        keys.map((key) => [
          showId(key.keyId),
          key.record.modulusBits,
          `${key.record.t} of ${key.record.l}`,
          key.keyholders.join(', '),
          showTime(key.registeredAt),
          key.status,
          key.record.insecureTestKey === true ? 'checked; INSECURE test key' : 'checked',
        ]),
      );
    },
  });
}

const seconds = (started: number) => ((Date.now() - started) / 1000).toFixed(1);

/** Passes on what is new, and the rest at most once a second. */
function oncePerSecond(
  show: (progress: CeremonyProgress) => void,
): (progress: CeremonyProgress) => void {
  let shown = '';
  let shownAt = 0;
  return (progress) => {
    const mark = `${progress.step}/${progress.done}`;
    if (mark === shown && Date.now() - shownAt < 1000) return;
    shown = mark;
    shownAt = Date.now();
    show(progress);
  };
}

const words = {
  'safe-primes': 'safe primes found',
  dealing: 'shares dealt',
  checking: 'record and shares checked',
} as const satisfies Record<CeremonyProgress['step'], string>;

function progressWords({ step, done, total, candidates }: CeremonyProgress): string {
  const tried =
    candidates === undefined ? '' : `, ${candidates.toLocaleString('en')} candidates tried`;
  return `${words[step]}: ${done} of ${total}${tried}`;
}
