import { HttpLedgerService } from '@veilsum/ledger/embedded';
import { VeilsumError } from '@veilsum/protocol';
import type { CommandContext } from '../command/command.js';
import { isFabric, readNetwork } from '../session/network-file.js';
import type { AuditSource } from './audit-source.js';
import { openFabricFile } from './fabric-ledger-file.js';
import { LedgerFile } from './ledger-file.js';
import { peerSource } from './peer-source.js';

/** Which ledger is meant: the running one of the state folder, or an exported file. */
export interface LedgerChoice {
  readonly ledger?: string;
  /** Hash of its first block; needed with a file, which could be any ledger. */
  readonly genesis?: string;
  /** On Fabric: organisation that alone may have founded the consortium; else as the profile says. */
  readonly founder?: string;
}

/**
 * Where to read. A running Fabric channel is read from a peer of the acting member's organisation.
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID, INVALID_ARGUMENT for a file without a hash, or when
 * no member is named on Fabric
 */
export async function ledgerSource(
  context: Pick<CommandContext, 'state' | 'session'>,
  choice: LedgerChoice,
): Promise<AuditSource> {
  const { ledger, genesis, founder } = choice;
  const source =
    ledger === undefined ? await runningSource(context) : await fileSource(ledger, genesis);
  if (founder === undefined) return source;
  if (source.kind === 'fabric') return { ...source, founderMspId: founder };
  throw new VeilsumError(
    'INVALID_ARGUMENT',
    '--founder is for a Fabric channel; the first block of an embedded ledger names its founder.',
  );
}

async function runningSource({
  state,
  session,
}: Pick<CommandContext, 'state' | 'session'>): Promise<AuditSource> {
  const network = await readNetwork(state);
  if (isFabric(network)) return peerSource(await session(), network.profile);
  const { ledgerUrl, genesisHash } = network;
  const service = new HttpLedgerService({ url: ledgerUrl, genesisHash });
  return { kind: 'embedded', service, genesisHash };
}

async function fileSource(path: string, genesisHash: string | undefined): Promise<AuditSource> {
  if (genesisHash === undefined) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      '--ledger needs --genesis HASH, which says which ledger you mean.',
    );
  }
  const channel = await openFabricFile(path, genesisHash);
  return channel ?? { kind: 'embedded', service: new LedgerFile(path), genesisHash };
}
