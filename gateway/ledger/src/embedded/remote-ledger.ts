import { VeilsumError, type Block, type Genesis } from '@veilsum/protocol';

import type { TransactionSigner } from '../signer.js';
import { HttpLedgerService, type HttpServiceOptions } from './http-ledger-service.js';
import type { LedgerService } from './ledger-service.js';
import { SignedLedger } from './signed-ledger.js';

export interface RemoteLedgerOptions extends HttpServiceOptions {
  readonly signer: TransactionSigner;
}

/**
 * The ledger port over HTTP. It keeps nothing and believes what the ledger answers; who must not,
 * uses a replica.
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE, or LEDGER_INTEGRITY when it is another ledger
 */
export async function connectRemoteLedger(options: RemoteLedgerOptions): Promise<SignedLedger> {
  const service = new HttpLedgerService(options);
  try {
    const { genesis } = await readGenesisBlock(service, options.genesisHash);
    return new SignedLedger({ service, signer: options.signer, channel: genesis.channel });
  } catch (error) {
    await service.close();
    throw error;
  }
}

/**
 * Block 0 of a ledger.
 * @param genesisHash - the hash by which the reader knows the ledger
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE, or LEDGER_INTEGRITY when it is another one
 */
export async function readGenesisBlock(
  service: LedgerService,
  genesisHash: string,
): Promise<Block & { genesis: Genesis }> {
  await service.status();
  for await (const block of service.blocks({ fromBlock: 0 })) {
    return requireGenesis(block, genesisHash);
  }
  throw new VeilsumError('LEDGER_UNAVAILABLE', 'The ledger sent no blocks.');
}

/** @throws {@link VeilsumError} LEDGER_INTEGRITY when the block is not the one that the hash names */
export function requireGenesis(block: Block, genesisHash: string): Block & { genesis: Genesis } {
  const { genesis } = block;
  if (block.hash === genesisHash && genesis !== undefined) return { ...block, genesis };
  throw new VeilsumError('LEDGER_INTEGRITY', 'The ledger was founded otherwise than expected.');
}
