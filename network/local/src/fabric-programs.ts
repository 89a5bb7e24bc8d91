import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { VeilsumError } from '@veilsum/protocol';

const NAMES = ['peer', 'orderer', 'configtxgen', 'cryptogen', 'osnadmin', 'configtxlator'] as const;
const SETTINGS = ['core.yaml', 'orderer.yaml'] as const;

/** A program of Hyperledger Fabric that the local network runs. */
export type FabricProgram = (typeof NAMES)[number];

/** Where Fabric's programs and sample settings are. */
export interface FabricPrograms {
  readonly paths: Readonly<Record<FabricProgram, string>>;
  /** The folder with the sample core.yaml and orderer.yaml (FABRIC_CFG_PATH). */
  readonly settings: string;
}

/** What {@link fabricPrograms} found: everything, or which parts are missing and what to do. */
export type ProgramSearch =
  { readonly found: FabricPrograms } | { readonly found?: undefined; readonly missing: string };

/**
 * Looks for Fabric's programs in `FABRIC_BIN`, else on the `PATH`, and for the sample settings in
 * `FABRIC_CFG_PATH`, else in `config/` beside the programs' folder, where Fabric's installer puts them.
 * @param env - e.g. process.env
 */
export async function fabricPrograms(env: NodeJS.ProcessEnv = process.env): Promise<ProgramSearch> {
  const folders = (env['FABRIC_BIN'] ?? env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(NAMES.map((name) => findProgram(name, folders)));
  const absent = NAMES.filter((_, index) => found[index] === undefined);
  if (absent.length > 0) return { missing: missingPrograms(absent, env) };
  const paths = Object.fromEntries(NAMES.map((name, index) => [name, found[index]]));
  const settings = await findSettings(paths['peer'] ?? '', env);
  return typeof settings === 'string'
    ? { found: { paths: paths as Record<FabricProgram, string>, settings } }
    : settings;
}

/** @throws {@link VeilsumError} FABRIC_PROGRAMS_MISSING that names what is missing */
export async function requireFabricPrograms(
  env: NodeJS.ProcessEnv = process.env,
): Promise<FabricPrograms> {
  const search = await fabricPrograms(env);
  if (search.found !== undefined) return search.found;
  throw new VeilsumError('FABRIC_PROGRAMS_MISSING', search.missing);
}

const INSTALLER =
  "Fabric's installer (`install-fabric.sh --fabric-version 3.1.5 binary`) puts the programs into bin/ and their sample settings into config/ of the folder where it is run";

function missingPrograms(absent: readonly string[], env: NodeJS.ProcessEnv): string {
  const where = env['FABRIC_BIN'] === undefined ? 'the PATH' : 'FABRIC_BIN';
  return `Fabric's ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} not in ${where}. ${INSTALLER}; set FABRIC_BIN to that bin/ or add it to the PATH.`;
}

async function findProgram(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder !== '' && (await access(path, constants.X_OK).then(yes, no))) return path;
  }
  return undefined;
}

async function findSettings(
  peer: string,
  env: NodeJS.ProcessEnv,
): Promise<string | { missing: string }> {
  const named = env['FABRIC_CFG_PATH'];
  const folder = named ?? join(dirname(await realpath(peer)), '..', 'config');
  for (const file of SETTINGS)
    if (!(await access(join(folder, file)).then(yes, no)))
      return {
        missing: `Fabric's sample ${file} is not in ${folder}. ${INSTALLER}; set FABRIC_CFG_PATH to that config/.`,
      };
  return folder;
}

const yes = () => true;
const no = () => false;
