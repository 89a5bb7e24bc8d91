import { invokeTransaction, type LedgerContract } from '@veilsum/contracts';
import { VeilsumError } from '@veilsum/protocol';
import shim from 'fabric-shim';
import { LedgerChaincode, type TransactionRunner } from './ledger-chaincode.js';
import { silenceShim } from './shim-logging.js';
import { TransactionLog } from './transaction-log.js';

/** Files of the server's TLS identity, already read. */
export interface ServerTls {
  /** PEM. Secret. */
  readonly key: Buffer;
  /** PEM, public. */
  readonly certificate: Buffer;
  /** PEM of the authorities that peers' client certificates must come from; without it any peer may connect. */
  readonly clientRoots?: Buffer;
}

export interface ServeOptions {
  /** The package id that the peer gave the chaincode at installation, `label:sha256`. */
  readonly chaincodeId: string;
  /** `host:port` to listen at. */
  readonly address: string;
  readonly tls?: ServerTls;
  readonly log?: TransactionLog;
}

/** A chaincode that peers can connect to. */
export interface ServedChaincode {
  /** Lets running transactions end, then cuts the peers' streams. */
  close(): Promise<void>;
}

/** What the shim's server keeps to itself; it offers no way to stop. */
interface StoppableServer {
  readonly _server: { forceShutdown(): void };
}

/** A peer sends at most this; grpc's own limit of 4 MB would break the stream for all transactions. */
const MESSAGE_BYTES_MAX = 100 * 1024 * 1024;
const STOP_PATIENCE_MS = 5000;

/**
 * Serves contracts to peers.
 * @throws {@link VeilsumError} INVALID_STATE when the address cannot be listened at
 */
export function serveContracts({
  contracts,
  ...options
}: ServeOptions & { readonly contracts: readonly LedgerContract[] }): Promise<ServedChaincode> {
  return serveTransactions({
    ...options,
    run: (context, invocation) => invokeTransaction(contracts, context, invocation),
  });
}

/**
 * Serves whatever runs transactions.
 * @throws {@link VeilsumError} INVALID_STATE when the address cannot be listened at
 */
export async function serveTransactions({
  run,
  ...options
}: ServeOptions & { readonly run: TransactionRunner }): Promise<ServedChaincode> {
  silenceShim();
  const chaincode = new LedgerChaincode(run, options.log ?? new TransactionLog());
  const server = shim.Shim.server(chaincode, shimOptions(options));
  try {
    await server.start();
  } catch (cause) {
    throw new VeilsumError(
      'INVALID_STATE',
      `The chaincode server cannot listen at ${options.address}; is the port taken?`,
      { cause },
    );
  }
  return {
    async close() {
      await Promise.race([chaincode.idle(), patience()]);
      (server as unknown as StoppableServer)._server.forceShutdown();
    },
  };
}

type ShimOptions = Parameters<typeof shim.Shim.server>[1];

function shimOptions({ chaincodeId, address, tls }: ServeOptions): ShimOptions {
  const options = {
    ccid: chaincodeId,
    address,
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    ...(tls === undefined ? {} : { tlsProps: shimTls(tls) }),
  };
  // The shim's types ask for TLS and client authorities, its code for neither.
  return options as ShimOptions;
}

function shimTls({ key, certificate, clientRoots }: ServerTls) {
  return { key, cert: certificate, clientCACerts: clientRoots ?? null };
}

function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, STOP_PATIENCE_MS).unref();
  });
}
