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
  /** With the file of a Fabric channel: organisation that alone may have founded the consortium. */
  readonly founder?: string;
}

/**
 * Where to read. A running Fabric channel is read from a peer of the acting member's organisation.
 * @throws {@link VeilsumError} STATE_FOLDER_INVALID, INVALID_ARGUMENT for a file without a hash, or when
 * no member is named on Fabric
 */
export async function ledgerSource(
  context: Pick<CommandContext, 'state' | 'session'>,
  { ledger, genesis, founder }: LedgerChoice,
): Promise<AuditSource> {
  if (ledger !== undefined) {
    const source = await fileSource(ledger, genesis);
    return source.kind === 'fabric' ? { ...source, founderMspId: founder } : source;
  }
  const network = await readNetwork(context.state);
  if (isFabric(network)) return peerSource(await context.session(), network.profile);
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
