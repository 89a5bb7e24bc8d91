import { readFile } from 'node:fs/promises';
import { sha256Hex } from '@veilsum/crypto';
import {
  incidentKindSchema,
  incidentReportSchema,
  VeilsumError,
  type IncidentReport,
} from '@veilsum/protocol';
import { fileErrorCode, parseAs } from '../document/document-file.js';
import type { CommandOption } from './command.js';

export interface ReportOptions {
  readonly kind: string;
  readonly commitment?: string;
  readonly opening?: string;
  readonly contribution?: string;
  readonly member?: string;
  readonly product?: string;
  readonly epoch?: string;
  readonly query?: string;
  readonly attempt?: string;
  readonly index?: string;
  readonly group?: string;
  readonly auditor?: string;
  readonly evidence?: string;
}

/** The options of `incident open`; each kind takes those that name it. */
export const reportOptions: readonly CommandOption[] = [
  {
    flags: '--kind <kind>',
    meaning: 'what went wrong',
    required: true,
    choices: incidentKindSchema.options,
  },
  { flags: '--commitment <id>', meaning: 'late-contribution: which commitment' },
  { flags: '--opening <id>', meaning: 'missed-opening, opening-mismatch: which opening' },
  { flags: '--contribution <id>', meaning: 'missed-opening, opening-mismatch: of what' },
  { flags: '--member <member>', meaning: 'stale-mapping: whose' },
  { flags: '--product <id>', meaning: 'stale-mapping: product id' },
  { flags: '--epoch <epoch>', meaning: 'stale-mapping: period' },
  {
    flags: '--query <id>',
    meaning: 'bad-decryption-share, use-outside-purpose, undecodable-result: which query',
  },
  { flags: '--attempt <n>', meaning: 'bad-decryption-share: attempt' },
  { flags: '--index <n>', meaning: 'bad-decryption-share: index of the keyholder' },
  { flags: '--group <n>', meaning: 'undecodable-result: position of the group, from 0' },
  { flags: '--auditor <member>', meaning: 'undecodable-result: who is shown the blocks' },
  { flags: '--evidence <file>', meaning: 'what you keep as evidence; only its hash is sent' },
];

/** @throws {@link VeilsumError} INVALID_ARGUMENT naming what is missing or does not belong to the kind */
export async function reportOf(options: ReportOptions): Promise<IncidentReport> {
  const { kind, commitment, opening, contribution, member, product, epoch } = options;
  const { query, attempt, index, group, auditor, evidence } = options;
  const fields: Record<string, unknown> = {
    kind,
    commitmentId: commitment,
    openingId: opening,
    contributionId: contribution,
    memberId: member,
    productId: product?.split('@')[0],
    epoch,
    queryId: query,
    attempt: attempt === undefined ? undefined : Number(attempt),
    index: index === undefined ? undefined : Number(index),
    group: group === undefined ? undefined : Number(group),
    auditorId: auditor,
    evidenceHash: evidence === undefined ? undefined : await hashFile(evidence),
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return parseAs(incidentReportSchema, Object.fromEntries(given), 'The incident');
}

async function hashFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const sentence = `${path} cannot be read (${fileErrorCode(error)}).`;
    throw new VeilsumError('INVALID_ARGUMENT', sentence);
  });
  return sha256Hex(bytes);
}
