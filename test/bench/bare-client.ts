import { createPrivateKey } from 'node:crypto';

import { Client, credentials } from '@grpc/grpc-js';
import { connect, signers } from '@hyperledger/fabric-gateway';
import { encodeCanonicalJson } from '@veilsum/crypto';
import { encodePem, type FabricProfile, type LedgerRequest } from '@veilsum/ledger';

import type { TestMember } from '../fabric/adapter-network.js';

/** Fabric's client library as its own examples use it: no journal, no retries, no second peer. */
export interface BareClient {
  readonly submit: (request: LedgerRequest) => Promise<unknown>;
  readonly evaluate: (request: LedgerRequest) => Promise<unknown>;
  readonly close: () => void;
}

/** Connects the library to the member's own peer, with the same key as the adapter. */
export function connectBareClient(profile: FabricProfile, member: TestMember): BareClient {
  const { signer, privateKey } = member;
  const own = profile.organisations.find(({ mspId }) => mspId === signer.mspId);
  const peer = own?.peers[0];
  if (peer === undefined) throw new Error('The profile names no peer of the member.');
  const client = new Client(
    peer.address,
    credentials.createSsl(Buffer.from(peer.tlsRootCertificate)),
    { 'grpc.ssl_target_name_override': peer.tlsServerName },
  );
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const gateway = connect({
    client,
    identity: { mspId: signer.mspId, credentials: Buffer.from(encodePem(signer.certificate)) },
    signer: signers.newPrivateKeySigner(key),
  });
  const contract = gateway.getNetwork(profile.channel).getContract(profile.chaincode);
  const name = ({ contract: of, transaction }: LedgerRequest) => `${of}:${transaction}`;
  const text = ({ argument }: LedgerRequest) => encodeCanonicalJson(argument);
  return {
    submit: (request) => contract.submitTransaction(name(request), text(request)),
    evaluate: (request) => contract.evaluateTransaction(name(request), text(request)),
    close: () => {
      gateway.close();
      client.close();
    },
  };
}
