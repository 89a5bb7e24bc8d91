import { askLedger, tellLedger } from '@veilsum/ledger';
import {
  memberIdSchema,
  memberSchema,
  memberStatusSchema,
  VeilsumError,
  type Member,
} from '@veilsum/protocol';
import { hasRulePower } from '@veilsum/rules';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseAs } from '../document/document-file.js';
import { enrolMember, generatePassphrase } from '../network/enrolment.js';
import { proposeChange } from '../proposal/proposed-change.js';
import { askPassphrase } from '../session/passphrase.js';
import type { StateFolder } from '../session/state-folder.js';
import { addCommand, type CommandContext } from './command.js';
import { requireConfirmation } from './confirmation.js';
import { addEnrolmentCommands, showAdmission } from './enrolment-commands.js';
import { showOutcome } from './proposal-outcome.js';
import { registrationOptions, type RegistrationOptions } from './registration-options.js';
import { showTime } from './wording.js';

interface EnrolOptions extends RegistrationOptions {
  readonly id: string;
  readonly msp: string;
}

/** Adds `veilsum member …`. */
export function addMemberCommands(program: Command): void {
  const member = program.command('member').description('who belongs to the consortium');
  addEnrol(member);
  addList(member);
  addShow(member);
  addEnrolmentCommands(member);
  addRevoke(member);
  addStatus(member);
}

function addEnrol(member: Command): void {
  addCommand<EnrolOptions>(member, {
    usage: 'enrol',
    summary: 'make keys, get a certificate, and let a member in (run by the operator)',
    example:
      'member enrol --as operator --id corner-shop --msp MerchantsMSP --role merchant --name "Corner Shop"',
    options: [
      { flags: '--id <member>', meaning: 'new member id', required: true },
      { flags: '--msp <msp>', meaning: 'organisation that vouches for it', required: true },
      ...registrationOptions,
    ],
    run: async (context, options) => {
      const memberId = parseAs(memberIdSchema, options.id, '--id');
      const session = await context.session();
      const waiting = await enrolMember(session, {
        memberId,
        mspId: options.msp,
        legalEntityId: options.legalEntity ?? options.id,
        name: options.name ?? options.id,
        roles: options.role,
        size: options.size,
        passphrase: () => newPassphrase(context.state, memberId),
      });
      const keys = `its keys are in ${context.state.member(options.id)}`;
      await showAdmission(context, waiting, { memberId, keys });
    },
  });
}

/** Asks on a terminal; in a script makes one and keeps it, or the one made earlier, in a file of the owner's. */
async function newPassphrase(state: StateFolder, memberId: string): Promise<string> {
  const given = process.env['VEILSUM_NEW_PASSPHRASE'];
  if (given !== undefined && given !== '') return given;
  if (process.stdin.isTTY) return askTwice(memberId);
  return generatePassphrase(state, memberId);
}

async function askTwice(memberId: string): Promise<string> {
  const passphrase = await askPassphrase(`${memberId} (new)`);
  if (passphrase !== '' && passphrase === (await askPassphrase(`${memberId} (again)`))) {
    return passphrase;
  }
  throw new VeilsumError('INVALID_ARGUMENT', 'The two passphrases differ, or they are empty.');
}

function addList(member: Command): void {
  addCommand(member, {
    usage: 'list',
    summary: 'all members',
    example: 'member list --as analyst',
    run: async (context) => {
      const members = await readMembers(context);
      context.output.result(members);
      context.output.table(
        ['member', 'name', 'roles', 'organisation', 'legal entity', 'status'],
        members.map((m) => [
          m.memberId,
          m.name,
          m.roles.join(', '),
          m.mspId,
          m.legalEntityId,
          m.status,
        ]),
      );
    },
  });
}

async function readMembers(context: CommandContext): Promise<Member[]> {
  const { ledger } = await context.session();
  return askLedger(ledger, 'member:list', {}, z.array(memberSchema));
}

function addShow(member: Command): void {
  addCommand(member, {
    usage: 'show <member>',
    summary: 'one member',
    example: 'member show corner-shop --as analyst',
    run: async (context, _options, [memberId = '']) => {
      const { ledger } = await context.session();
      const found = await askLedger(ledger, 'member:read', { memberId }, memberSchema);
      context.output.result(found);
      context.output.table(
        ['', ''],
        [
          ['member', found.memberId],
          ['name', found.name],
          ['roles', found.roles.join(', ')],
          ['organisation', found.mspId],
          ['legal entity', found.legalEntityId],
          ['size', found.size],
          ['status', found.status],
          ['registered', showTime(found.registeredAt)],
          ['certificates', found.certificateFingerprints.join('\n')],
        ],
      );
    },
  });
}

function addRevoke(member: Command): void {
  addCommand<{ fingerprint: string }>(member, {
    usage: 'revoke <member>',
    summary: 'revoke one certificate of a member, for good',
    example: 'member revoke corner-shop --fingerprint 3f0c… --as operator',
    options: [
      { flags: '--fingerprint <hex>', meaning: 'SHA-256 of the certificate', required: true },
    ],
    run: async (context, { fingerprint }, [memberId = '']) => {
      await requireConfirmation(
        {
          consequence: `Nothing signed with this key of ${memberId} is accepted afterwards. Running queries go on.`,
          word: memberId,
        },
        context.yes,
      );
      const { ledger } = await context.session();
      const commit = await tellLedger(ledger, 'member:revokeCertificate', {
        memberId,
        fingerprint,
      });
      context.output.result(commit.result);
      context.output.line(`Revoked in block ${commit.blockNumber}.`);
    },
  });
}

function addStatus(member: Command): void {
  addCommand<{ status: string }>(member, {
    usage: 'set <member>',
    summary:
      'activate or suspend a member, or let it leave; others approve where it has power over rules',
    example: 'member set corner-shop --status suspended --as operator',
    options: [
      {
        flags: '--status <status>',
        meaning: 'active, suspended or left',
        choices: ['active', 'suspended', 'left'],
        required: true,
      },
    ],
    run: async (context, { status }, [memberId = '']) => {
      if (status === 'left') {
        await requireConfirmation(
          {
            consequence: `${memberId} leaves: its consents stop counting at once; what was settled stays.`,
            word: memberId,
          },
          context.yes,
        );
      }
      const session = await context.session();
      const { ledger, identity } = session;
      const member = await askLedger(ledger, 'member:read', { memberId }, memberSchema);
      const leaves = status === 'left' && identity.memberId === memberId;
      if (hasRulePower(member) && !leaves) {
        const proposal = await proposeChange(session, {
          kind: 'memberStatus',
          content: { memberId: member.memberId, status: memberStatusSchema.parse(status) },
          reason: `${memberId} is to be ${status}.`,
        });
        await showOutcome(context, proposal, {
          sentence: `${memberId} is ${status}`,
          read: ['member:read', { memberId }],
        });
        return;
      }
      const commit = await tellLedger(ledger, 'member:setStatus', { memberId, status });
      context.output.result(commit.result);
      context.output.line(`${memberId} is ${status} since block ${commit.blockNumber}.`);
    },
  });
}
