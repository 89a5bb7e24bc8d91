import { askLedger, tellLedger } from '@veilsum/ledger';
import { publishedGroupSchema, VeilsumError, type PublishedGroup } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { AskedQuery } from '../query/asked-query.js';
import { readPlannedQuery } from '../query/ledger-view.js';
import { publicationsOf } from '../query/result-publication.js';
import { addCommand, collectList, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showId } from './wording.js';

/** Adds `veilsum query publish` and `query published`. */
export function addPublicationCommands(query: Command): void {
  addCommand<{ groups?: string[] }>(query, {
    usage: 'publish <query>',
    summary: 'make a result you asked for readable for everyone; bonuses and goals follow',
    example: 'query publish 3f0c… --as analyst',
    options: [
      {
        flags: '--groups <indices>',
        meaning: 'only these groups, counted from 0 (default: all)',
        parse: collectList,
      },
    ],
    run: async (context, { groups }, [queryId = '']) => {
      const session = await context.session();
      const certificate = await new AskedQuery(session, queryId).certificate();
      if (certificate === undefined) {
        const sentence = `Receive the result first: "veilsum query result ${queryId}".`;
        throw new VeilsumError('NOT_FOUND', sentence);
      }
      const planned = await readPlannedQuery(session.ledger, queryId);
      const consequence = 'Everyone on the ledger can read the result then, for ever.';
      await requireConfirmation({ consequence, word: showId(queryId) }, context.yes);
      let published: PublishedGroup[] = [];
      for (const publication of publicationsOf(planned, certificate, indicesOf(groups))) {
        const commit = await tellLedger(session.ledger, 'query:publishResult', publication);
        published = z.array(publishedGroupSchema).parse(commit.result);
      }
      showPublished(context, published);
    },
  });
  addCommand(query, {
    usage: 'published <query>',
    summary: 'what everyone may read of a result, as the ledger verified it',
    example: 'query published 3f0c… --as auditor',
    run: async (context, _options, [queryId = '']) => {
      const { ledger } = await context.session();
      const schema = z.array(publishedGroupSchema);
      showPublished(context, await askLedger(ledger, 'query:publishedResult', { queryId }, schema));
    },
  });
}

function indicesOf(groups: readonly string[] | undefined): number[] | undefined {
  return groups?.map((text) => {
    if (/^\d{1,6}$/.test(text)) return Number(text);
    throw new VeilsumError('INVALID_ARGUMENT', `--groups counts from 0; "${text}" is no number.`);
  });
}

function showPublished({ output }: CommandContext, groups: readonly PublishedGroup[]): void {
  output.result(groups);
  output.table(
    ['group', 'plane', 'values'],
    groups.flatMap(({ group, key, planes }) =>
      planes.map(({ plane, values }) => [
        Object.values(key).join('/') || String(group),
        plane,
        values.join(', '),
      ]),
    ),
  );
}
