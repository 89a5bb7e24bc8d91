import { HttpLedgerService, type LedgerService } from '@veilsum/ledger/embedded';
import { VeilsumError } from '@veilsum/protocol';
import { readNetwork, requireEmbedded } from '../session/network-file.js';
import type { StateFolder } from '../session/state-folder.js';
import { LedgerFile } from './ledger-file.js';

/** Which ledger is meant: the running one of the state folder, or an exported file. */
export interface LedgerChoice {
  readonly ledger?: string;
  /** Hash of its first block; needed with a file, which could be any ledger. */
  readonly genesis?: string;
}

/** @throws {@link VeilsumError} STATE_FOLDER_INVALID, or INVALID_ARGUMENT for a file without a hash */
export async function ledgerSource(
  state: StateFolder,
  { ledger, genesis }: LedgerChoice,
): Promise<{ service: LedgerService; genesisHash: string }> {
  if (ledger === undefined) {
    const network = await readNetwork(state);
    const { ledgerUrl, genesisHash } = requireEmbedded(
      network,
      'This audit reads',
      'On Fabric, audit the blocks of a peer.',
    );
    return { service: new HttpLedgerService({ url: ledgerUrl, genesisHash }), genesisHash };
  }
  if (genesis === undefined) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      '--ledger needs --genesis HASH, which says which ledger you mean.',
    );
  }
  return { service: new LedgerFile(ledger), genesisHash: genesis };
}
