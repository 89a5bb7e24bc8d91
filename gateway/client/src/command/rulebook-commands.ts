import { askLedger } from '@veilsum/ledger';
import {
  adoptedRulebookSchema,
  rulebookSchema,
  VeilsumError,
  type Rulebook,
} from '@veilsum/protocol';
import { checkRulebook, durationText, versionInForce } from '@veilsum/rules';
import type { Command } from 'commander';
import { z } from 'zod';
import { readDocument } from '../document/document-file.js';
import { rulebookDiff } from '../rulebook/rulebook-diff.js';
import { readAdopted, rulebookNamed } from '../rulebook/rulebook-source.js';
import { addCommand } from './command.js';
import type { Output } from './output.js';
import { showTime } from './wording.js';

/** Adds `veilsum rulebook …`. */
export function addRulebookCommands(program: Command): void {
  const rulebook = program
    .command('rulebook')
    .description('what is forbidden, who reviews, and how one may share');
  addShow(rulebook);
  addList(rulebook);
  addValidate(rulebook);
  addDiff(rulebook);
}

function addShow(rulebook: Command): void {
  addCommand(rulebook, {
    usage: 'show [version]',
    summary: 'the rulebook in force, or a version of it',
    example: 'rulebook show --as corner-shop',
    run: async (context, _options, [version]) => {
      const adopted = await readAdopted(
        context,
        version === undefined ? undefined : numberOf(version),
      );
      context.output.result(adopted);
      context.output.line(`In force from ${showTime(adopted.inForceFrom)} (UTC).`);
      showRulebook(context.output, adopted.rulebook);
    },
  });
}

function numberOf(version: string): number {
  if (/^[1-9]\d{0,5}$/.test(version)) return Number(version);
  throw new VeilsumError('INVALID_ARGUMENT', `A version is a whole number, not "${version}".`);
}

function showRulebook(output: Output, rulebook: Rulebook): void {
  output.line(`${rulebook.title}, version ${rulebook.version}`);
  output.table(
    ['entry', 'effect', 'legal basis', 'what it says'],
    rulebook.negativeList.map(({ entryId, effect, reviewPointId, legalBasis, sentence }) => [
      entryId,
      reviewPointId === undefined ? effect : `${effect} by ${reviewPointId}`,
      legalBasis,
      sentence,
    ]),
  );
  output.table(
    ['review point', 'title', 'by', 'within'],
    rulebook.reviewPoints.map(({ reviewPointId, title, role, deadlineMs }) => [
      reviewPointId,
      title,
      role,
      durationText(deadlineMs),
    ]),
  );
  output.table(
    ['way to share', 'title', 'with', 'for'],
    rulebook.guide.map(({ entryId, title, recipientRoles, purposes }) => [
      entryId,
      title,
      recipientRoles.join(', '),
      purposes.join(', '),
    ]),
  );
  output.table(
    ['incident', 'severity', 'time to mend', 'then'],
    rulebook.escalation.map(({ kind, severity, graceMs, measures }) => [
      kind,
      severity,
      graceMs === 0 ? 'none' : durationText(graceMs),
      measures.join(', '),
    ]),
  );
}

function addList(rulebook: Command): void {
  addCommand(rulebook, {
    usage: 'list',
    summary: 'every version that was adopted, and which one is in force',
    example: 'rulebook list --as corner-shop',
    run: async (context) => {
      const { ledger } = await context.session();
      const all = await askLedger(ledger, 'rulebook:list', {}, z.array(adoptedRulebookSchema));
      const versions = all.map(({ rulebook: { version }, inForceFrom }) => ({
        version,
        inForceFrom,
      }));
      const current = versionInForce(versions, Date.now())?.version;
      context.output.result(all);
      context.output.table(
        ['version', 'title', 'adopted (UTC)', 'in force from (UTC)', ''],
        all.map(({ rulebook: { version, title }, adoptedAt, inForceFrom }) => [
          version,
          title,
          showTime(adoptedAt),
          showTime(inForceFrom),
          version === current ? 'in force' : '',
        ]),
      );
    },
  });
}

function addValidate(rulebook: Command): void {
  addCommand(rulebook, {
    usage: 'validate <file>',
    summary: 'check a rulebook file before it is proposed',
    example: 'rulebook validate examples/rulebook/e-commerce.json',
    run: async ({ output }, _options, [file = '']) => {
      const verdict = checkRulebook(await readDocument(file, rulebookSchema));
      output.result(verdict);
      for (const { passed, rule, sentence } of verdict.trace) {
        output.line(`${passed ? 'ok  ' : 'FAIL'} ${rule}: ${sentence}`);
      }
      if (!verdict.allowed) process.exitCode = 1;
    },
  });
}

function addDiff(rulebook: Command): void {
  addCommand(rulebook, {
    usage: 'diff <before> <after>',
    summary: 'what is different between two rulebooks, each a version or a file',
    example: 'rulebook diff 1 examples/rulebook/e-commerce.json --as corner-shop',
    run: async (context, _options, [before = '', after = '']) => {
      const differences = rulebookDiff(
        await rulebookNamed(context, before),
        await rulebookNamed(context, after),
      );
      context.output.result(differences);
      for (const { place, change, before: was, after: is } of differences) {
        context.output.line(`${change} ${place}`);
        if (was !== undefined) context.output.line(`  - ${JSON.stringify(was)}`);
        if (is !== undefined) context.output.line(`  + ${JSON.stringify(is)}`);
      }
      if (differences.length === 0) context.output.line('They are the same.');
    },
  });
}
