import { writeFile } from 'node:fs/promises';
import { rulebookSchema, VeilsumError, type Rulebook } from '@veilsum/protocol';
import { checkRulebook, durationText, requireAllowed } from '@veilsum/rules';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { blanksOf } from '../consent/consent-document.js';
import { fileErrorCode, readDocument } from '../document/document-file.js';
import { askGuide, type GuideAnswer, type GuidePath } from '../guide/guide.js';
import { splitQuestion, type GuideQuestion } from '../guide/guide-question.js';
import { readAdopted } from '../rulebook/rulebook-source.js';
import { addCommand, type CommandContext } from './command.js';
import type { Output } from './output.js';

interface GuideOptions extends GuideQuestion {
  readonly file?: string;
  readonly out?: string;
}

/** Adds `veilsum guide`. */
export function addGuideCommand(program: Command): void {
  addCommand<GuideOptions>(program, {
    usage: 'guide [question]',
    summary: 'how you may share what with whom for what, by the rulebook in force',
    example: 'guide "share sales with platform for Marketing"',
    options: [
      { flags: '--share <tag>', meaning: 'what is shared' },
      { flags: '--with <role>', meaning: 'who asks' },
      { flags: '--for <purpose>', meaning: 'what for' },
      { flags: '--file <rulebook>', meaning: 'a rulebook file instead of the one in force' },
      { flags: '--out <consent>', meaning: 'write the consent of the only way to this file' },
    ],
    run: async (context, options, [sentence]) => {
      const rulebook = await rulebookOf(context, options.file);
      const answer = askGuide(rulebook, questionOf(options, sentence));
      context.output.result(answer);
      showAnswer(context.output, answer);
      if (options.out !== undefined) await writeConsent(context, answer, options.out);
      if (answer.paths.length === 0) process.exitCode = 1;
    },
  });
}

async function rulebookOf(context: CommandContext, file: string | undefined): Promise<Rulebook> {
  if (file === undefined) return (await readAdopted(context)).rulebook;
  const rulebook = await readDocument(file, rulebookSchema);
  requireAllowed(checkRulebook(rulebook));
  return rulebook;
}

function questionOf(options: GuideOptions, sentence: string | undefined): GuideQuestion {
  const named = { share: options.share, with: options.with, for: options.for };
  const isNamed = Object.values(named).some((part) => part !== undefined);
  if (isNamed !== (sentence !== undefined)) {
    return sentence === undefined ? named : splitQuestion(sentence);
  }
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    'Ask with a sentence, "share X with Y for Z", or with --share, --with and --for.',
  );
}

function showAnswer(output: Output, { asked, paths, forbidden }: GuideAnswer): void {
  if (asked.unknown.length > 0) {
    output.line(`The rulebook does not know these words: ${asked.unknown.join(', ')}.`);
  }
  for (const { entryId, sentence, legalBasis } of forbidden) {
    output.line(`Forbidden: ${sentence} (entry ${entryId}; ${legalBasis})`);
  }
  for (const path of paths) showPath(output, path);
  if (paths.length === 0) {
    output.line(
      'The rulebook describes no way to share this. A question to the operator may help.',
    );
  }
}

function showPath(output: Output, { entry, level, consent, reviews, warnings }: GuidePath): void {
  output.line(`\n${entry.title} (${entry.entryId}, ${level} data)`);
  for (const [index, step] of entry.steps.entries()) output.line(`  ${index + 1}. ${step}`);
  for (const { title, role, deadlineMs } of reviews) {
    output.line(
      `  Review of each query: ${title}, by a ${role}, within ${durationText(deadlineMs)}.`,
    );
  }
  if (reviews.length === 0) output.line('  No review is needed.');
  for (const { entry: met, condition } of warnings) {
    const effect = met.effect === 'deny' ? 'Forbidden' : 'Looked at first';
    const when = condition === '' ? '' : ` ${condition}`;
    output.line(`  ${effect}${when}: ${met.sentence} (${met.entryId}; ${met.legalBasis})`);
  }
  output.line(`  Consent to give; blank: ${blanksOf(consent).join(', ')}`);
  output.line(stringify(consent).trimEnd().replaceAll(/^/gm, '    '));
}

async function writeConsent(
  { output }: CommandContext,
  { paths }: GuideAnswer,
  file: string,
): Promise<void> {
  const [path, second] = paths;
  if (path === undefined || second !== undefined) {
    const sentence = `There are ${paths.length} ways; ask for one, and its consent can be written.`;
    throw new VeilsumError('INVALID_ARGUMENT', sentence);
  }
  await writeFile(file, stringify(path.consent), { flag: 'wx' }).catch((error: unknown) => {
    const sentence = `${file} cannot be written (${fileErrorCode(error)}).`;
    throw new VeilsumError('INVALID_ARGUMENT', sentence);
  });
  output.line(
    `The consent is in ${file}; fill in its blanks, then: veilsum consent grant --file ${file}`,
  );
}
