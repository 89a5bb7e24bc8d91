import {
  adoptRenewal,
  createMemberIdentity,
  openMemberIdentity,
  readPassphrase,
  readStateFile,
  renewMemberIdentity,
  type MemberIdentity,
} from '@veilsum/ledger';
import type { Command } from 'commander';
import { FabricCa } from './fabric-ca.js';

interface FolderOptions {
  readonly folder: string;
  readonly passphraseFile: string;
}

interface CaOptions extends FolderOptions {
  readonly url: string;
  readonly tlsRoot: string;
  readonly caName?: string;
}

interface EnrolOptions extends CaOptions {
  readonly member: string;
  readonly msp: string;
  readonly secretFile: string;
}

/** Adds `fabric-ca enrol`, `renew` and `adopt`: what a member does with its organisation's Fabric CA. */
export function addFabricCaCommands(program: Command): void {
  const fabricCa = program.command('fabric-ca').description('certificates from a Fabric CA');
  withCa(fabricCa.command('enrol'))
    .description("make a member's keys and have them certified; prints what the operator registers")
    .requiredOption('--member <id>', 'member id; the name that the registrar registered')
    .requiredOption('--msp <msp>', 'organisation, such as MerchantsMSP')
    .requiredOption('--secret-file <file>', 'file with the enrolment secret')
    .action(enrol);
  withCa(fabricCa.command('renew'))
    .description('make a new enrolment key and have it certified; the old one works until "adopt"')
    .action(renew);
  withFolder(fabricCa.command('adopt'))
    .description('put the renewed identity in place, once the ledger knows its certificate')
    .action(adopt);
}

const withFolder = (command: Command): Command =>
  command
    .requiredOption('--folder <path>', "the member's folder")
    .requiredOption('--passphrase-file <file>', "file with the member's passphrase");

const withCa = (command: Command): Command =>
  withFolder(command)
    .requiredOption('--url <url>', 'https address of the CA')
    .requiredOption('--tls-root <file>', "PEM of the authority of the CA's TLS certificate")
    .option('--ca-name <name>', 'which of several CAs of one server');

async function enrol(options: EnrolOptions): Promise<void> {
  const ca = await openCa(options);
  const secret = await readPassphrase(options.secretFile);
  show(
    await createMemberIdentity(options.folder, {
      memberId: options.member,
      mspId: options.msp,
      passphrase: await readPassphrase(options.passphraseFile),
      enrol: (request) => ca.enrol(request, { name: options.member, secret }),
    }),
  );
}

async function renew(options: CaOptions): Promise<void> {
  const ca = await openCa(options);
  const passphrase = await readPassphrase(options.passphraseFile);
  const { signer } = await openMemberIdentity(options.folder, passphrase);
  show(
    await renewMemberIdentity(options.folder, {
      passphrase,
      enrol: (request) => ca.renew(request, signer),
    }),
  );
}

async function adopt(options: FolderOptions): Promise<void> {
  show(await adoptRenewal(options.folder, await readPassphrase(options.passphraseFile)));
}

async function openCa({ url, tlsRoot, caName }: CaOptions): Promise<FabricCa> {
  return new FabricCa({
    url,
    tlsRoot: Buffer.from(await readStateFile(tlsRoot)).toString('utf8'),
    ...(caName === undefined ? {} : { caName }),
  });
}

/** What the operator needs for `veilsum member register` and `certify`. Public. */
function show({ memberId, mspId, boxPublicKey, fingerprint }: MemberIdentity): void {
  const facts = { memberId, mspId, boxPublicKey, certificateFingerprints: [fingerprint] };
  process.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`);
}
