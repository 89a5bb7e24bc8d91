import { readFile } from 'node:fs/promises';
import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  fingerprintSchema,
  memberRegistrationSchema,
  memberSchema,
  organisationAdmissionSchema,
  roleSchema,
  VeilsumError,
  type Member,
  type Proposal,
} from '@veilsum/protocol';
import { checkCertificateAddition } from '@veilsum/rules';
import type { Command } from 'commander';
import { parseAs } from '../document/document-file.js';
import { letIn } from '../network/admission.js';
import { proposeChange, waitingInWords } from '../proposal/proposed-change.js';
import type { Session } from '../session/session.js';
import { addCommand, collectList, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { showOutcome } from './proposal-outcome.js';
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
    summary: 'propose that an organisation joins, or what its members may be from now on',
    example: 'member admit-organisation --msp LogisticsMSP --role logistics,analyst --as operator',
    options: [
      { flags: '--msp <msp>', meaning: 'its MSP id', required: true },
      {
        flags: '--role <roles>',
        meaning: `all that its members may be, of ${roleSchema.options.join(', ')}`,
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
      const consequence = `${msp} becomes part of the consortium: it counts for every majority, and its members may be ${roles.join(', ')}. It cannot be removed again.`;
      await requireConfirmation({ consequence, word: msp }, context.yes);
      const session = await context.session();
      const proposal = await proposeChange(session, {
        kind: 'organisation',
        content: admission,
        reason: `The members of ${msp} are to be ${roles.join(', ')}.`,
      });
      await showOutcome(context, proposal, {
        sentence: `${msp} is part of the consortium`,
        read: ['consortium:read', {}],
      });
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
      const waiting = await letIn(await context.session(), [registration]);
      await showAdmission(context, waiting, { memberId });
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
      const session = await context.session();
      const { ledger, identity } = session;
      const member = await askLedger(ledger, 'member:read', { memberId }, memberSchema);
      if (!checkCertificateAddition(member, await callerOf(session)).allowed) {
        const proposal = await proposeChange(session, {
          kind: 'memberCertificate',
          content: { memberId: member.memberId, fingerprint },
          reason: `A further certificate is to speak for ${memberId}, says ${identity.memberId}.`,
        });
        await showOutcome(context, proposal, {
          sentence: `The certificate speaks for ${memberId}`,
          read: ['member:read', { memberId }],
        });
        return;
      }
      const commit = await tellLedger(ledger, 'member:addCertificate', { memberId, fingerprint });
      context.output.result(commit.result);
      context.output.line(
        `The certificate speaks for ${memberId} since block ${commit.blockNumber}.`,
      );
    },
  });
}

const callerOf = ({ ledger }: Session): Promise<Member> =>
  askLedger(ledger, 'member:whoami', {}, memberSchema);

/** Says that a member is one now, or what other organisations have to run until it is. */
export async function showAdmission(
  context: CommandContext,
  waiting: Proposal | undefined,
  { memberId, keys }: { readonly memberId: string; readonly keys?: string },
): Promise<void> {
  const { output } = context;
  const kept = keys === undefined ? '' : `; ${keys}`;
  if (waiting !== undefined) {
    output.result(waiting);
    output.line(`${memberId} is not a member yet${kept}.\n${waitingInWords(waiting)}`);
    return;
  }
  const { ledger } = await context.session();
  output.result(await askLedger(ledger, 'member:read', { memberId }, memberSchema));
  output.line(`${memberId} is a member${kept}.`);
}
