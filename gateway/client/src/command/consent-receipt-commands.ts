import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue } from '@veilsum/crypto';
import { VeilsumError } from '@veilsum/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { readConsentHistory } from '../consent/consent-ledger.js';
import { receiptDocument } from '../consent/receipt.js';
import { consentOfReceipt, verifyReceipt } from '../consent/verify-receipt.js';
import { readDocument } from '../document/document-file.js';
import type { Session } from '../session/session.js';
import { addCommand } from './command.js';
import { showTime } from './wording.js';

/** Adds what the `consent` command has for receipts. */
export function addReceiptCommands(consent: Command): void {
  addReceipt(consent);
  addVerifyReceipt(consent);
}

/**
 * Writes the receipt of a consent as it stands into the contributor's folder.
 * @returns the file
 */
export async function keepReceipt(session: Session, consentId: string): Promise<string> {
  const folder = join(session.state.member(session.identity.memberId), 'consents');
  const receipt = receiptDocument(await readConsentHistory(session.ledger, consentId));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${consentId}.jsonld`);
  await writeFile(file, receiptText(receipt), { mode: 0o600 });
  return file;
}

function addReceipt(consent: Command): void {
  addCommand<{ out?: string }>(consent, {
    usage: 'receipt <consent>',
    summary: 'write the receipt of a consent: structured after ISO/IEC TS 27560, with DPV terms',
    example: 'consent receipt 3f0c… --as corner-shop --out consent.jsonld',
    options: [{ flags: '--out <file>', meaning: 'file to write (default: print it)' }],
    run: async (context, { out }, [consentId = '']) => {
      const { ledger } = await context.session();
      const history = await readConsentHistory(ledger, consentId);
      const receipt = receiptDocument(history);
      context.output.result(receipt);
      if (out === undefined) context.output.line(receiptText(receipt));
      else {
        await writeReceipt(out, receipt);
        context.output.line(`${out}: ${history.length} events, revision ${revisionOf(history)}.`);
      }
    },
  });
}

function addVerifyReceipt(consent: Command): void {
  addCommand(consent, {
    usage: 'verify-receipt <file>',
    summary: 'hold a consent receipt against the ledger',
    example: 'consent verify-receipt consent.jsonld --as auditor',
    run: async (context, _options, [file = '']) => {
      const receipt = (await readDocument(file, z.json())) as JsonValue;
      const { ledger } = await context.session();
      const history = await readConsentHistory(ledger, consentOfReceipt(receipt));
      const check = verifyReceipt(receipt, history);
      context.output.result(check);
      context.output.line(
        `Consent ${check.consentId}, revision ${check.revision}: the receipt is what the ledger says.`,
      );
      for (const { status, revision, at } of check.since) {
        const what = status === 'withdrawn' ? 'withdrawn' : `amended to revision ${revision}`;
        context.output.line(`Since then it was ${what}, at ${showTime(at)}.`);
      }
    },
  });
}

async function writeReceipt(file: string, receipt: JsonValue): Promise<void> {
  await writeFile(file, receiptText(receipt), { flag: 'wx' }).catch((cause: unknown) => {
    throw new VeilsumError('INVALID_ARGUMENT', `${file} cannot be written, or is there already.`, {
      cause,
    });
  });
}

const receiptText = (receipt: JsonValue) => `${JSON.stringify(receipt, undefined, 2)}\n`;
const revisionOf = (history: readonly { readonly revision: number }[]) =>
  history.at(-1)?.revision ?? 0;
