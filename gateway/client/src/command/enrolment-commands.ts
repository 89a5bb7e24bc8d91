import { readFile } from 'node:fs/promises';
import { tellLedger } from '@veilsum/ledger';
import {
  fingerprintSchema,
  memberRegistrationSchema,
  organisationAdmissionSchema,
  roleSchema,
  VeilsumError,
} from '@veilsum/protocol';
import type { Command } from 'commander';
import { parseAs } from '../document/document-file.js';
import { addCommand, collectList } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { registrationOptions, type RegistrationOptions } from './registration-options.js';

interface RegisterOptions extends RegistrationOptions {
  readonly from: string;
}

/** Adds what the operator does for organisations and for members whose keys were made elsewhere. */
export function addEnrolmentCommands(member: Command): void {
  addAdmitOrganisation(member);
  addRegister(member);
  addCertify(member);
}

interface AdmitOptions {
  readonly msp: string;
  readonly role: string[];
}

function addAdmitOrganisation(member: Command): void {
  addCommand<AdmitOptions>(member, {
    usage: 'admit-organisation',
    summary: 'let an organisation join the consortium, and say what its members may be',
    example: 'member admit-organisation --msp LogisticsMSP --role logistics,analyst --as operator',
    options: [
      { flags: '--msp <msp>', meaning: 'its MSP id', required: true },
      {
        flags: '--role <roles>',
        meaning: `one or more of ${roleSchema.options.join(', ')}, but not operator or regulator`,
        required: true,
        parse: collectList,
      },
    ],
    run: async (context, { msp, role: roles }) => {
      const admission = parseAs(
        organisationAdmissionSchema,
        { mspId: msp, roles },
        '--msp or --role',
      );
      const consequence = `${msp} becomes part of the consortium: it counts for every majority, and its members may be ${roles.join(', ')}. There is no way yet to take that back.`;
      await requireConfirmation({ consequence, word: msp }, context.yes);
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'consortium:admitOrganisation', admission);
      context.output.result(commit.result);
      context.output.line(`${msp} is part of the consortium since block ${commit.blockNumber}.`);
    },
  });
}

function addRegister(member: Command): void {
  addCommand<RegisterOptions>(member, {
    usage: 'register <member>',
    summary: 'register a member that made its keys itself, from the public facts that it sent',
    example: 'member register corner-shop --from corner-shop.json --role merchant --as operator',
    options: [
      {
        flags: '--from <file>',
        meaning: 'JSON with memberId, mspId, boxPublicKey, certificateFingerprints',
        required: true,
      },
      ...registrationOptions,
    ],
    run: async (context, options, [memberId = '']) => {
      const facts = await readFacts(options.from);
      if (facts['memberId'] !== memberId) {
        const sentence = `The file ${options.from} is about ${String(facts['memberId'])}, not ${memberId}.`;
        throw new VeilsumError('INVALID_ARGUMENT', sentence);
      }
      const { legalEntity = memberId, name = memberId, role: roles, size } = options;
      const registration = parseAs(
        memberRegistrationSchema,
        { ...facts, legalEntityId: legalEntity, name, roles, size },
        options.from,
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'member:register', registration);
      context.output.result(commit.result);
      context.output.line(`${memberId} is a member since block ${commit.blockNumber}.`);
    },
  });
}

async function readFacts(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    const sentence = `The file ${file} cannot be read, or is not JSON.`;
    throw new VeilsumError('INVALID_ARGUMENT', sentence, { cause });
  }
}

function addCertify(member: Command): void {
  addCommand<{ fingerprint: string }>(member, {
    usage: 'certify <member>',
    summary: 'let a further certificate speak for a member, such as a renewed one',
    example: 'member certify corner-shop --fingerprint 9a41… --as operator',
    options: [
      { flags: '--fingerprint <hex>', meaning: 'SHA-256 of the certificate', required: true },
    ],
    run: async (context, options, [memberId = '']) => {
      const fingerprint = parseAs(fingerprintSchema, options.fingerprint, '--fingerprint');
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'member:addCertificate', { memberId, fingerprint });
      context.output.result(commit.result);
      context.output.line(
        `The certificate speaks for ${memberId} since block ${commit.blockNumber}.`,
      );
    },
  });
}
