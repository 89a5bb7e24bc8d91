import type { Ledger, LedgerConnection } from '@veilsum/ledger';
import {
  connectLedger,
  createGatewayToken,
  openMemberIdentity,
  type MemberIdentity,
} from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';
import type { ContributionTarget } from '../contribution/submit-contribution.js';
import { GatewayApi } from './gateway-api.js';
import { isFabric, readNetwork, type Network } from './network-file.js';
import { findPassphrase } from './passphrase.js';
import { SeenHeights, shareHeights } from './seen-heights.js';
import type { StateFolder } from './state-folder.js';

/** One member at work: its keys, its way to the ledger and to the gateway. */
export interface Session {
  readonly state: StateFolder;
  readonly network: Network;
  readonly identity: MemberIdentity;
  readonly ledger: Ledger;
  readonly gateway: GatewayApi;
  /** A fresh bearer token for the gateway. Secret. */
  readonly gatewayToken: () => Promise<string>;
  /** How many blocks this member sees, for calls to the gateway; absent where all see the same. */
  readonly ledgerHeight?: () => Promise<number>;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Member id; the only member of the state folder when absent and there is one. */
  readonly as: string | undefined;
  readonly passphraseFile?: string | undefined;
}

/**
 * Opens a member's keys and connects.
 * @throws {@link VeilsumError} INVALID_ARGUMENT when no member is named, KEY_STORE_LOCKED,
 * STATE_FOLDER_INVALID, LEDGER_UNAVAILABLE
 */
export async function openSession(state: StateFolder, options: SessionOptions): Promise<Session> {
  const { as } = options;
  if (as === undefined) {
    throw new VeilsumError(
      'INVALID_ARGUMENT',
      'Say which member is acting: --as MEMBER, or VEILSUM_MEMBER in the environment.',
    );
  }
  const network = await readNetwork(state);
  const passphrase = await findPassphrase(state, as, options.passphraseFile);
  const identity = await openMemberIdentity(state.member(as), passphrase);
  return connectSession(state, network, identity);
}

/**
 * Connects with keys that are open already. On Fabric, where members look at different peers, a call waits
 * until the member's own has what members of this machine have committed.
 * @throws {@link VeilsumError} LEDGER_UNAVAILABLE, LEDGER_INTEGRITY
 */
export async function connectSession(
  state: StateFolder,
  network: Network,
  identity: MemberIdentity,
): Promise<Session> {
  const connected = await connectLedger(connectionOf(state, network, identity));
  const gatewayToken = () => createGatewayToken(identity, network.gatewayId);
  const common = { state, network, identity, gatewayToken, close: () => connected.close() };
  const api = { url: network.gatewayUrl, token: gatewayToken };
  // Copies of the embedded ledger catch up before they answer.
  if (!isFabric(network)) return { ...common, ledger: connected, gateway: new GatewayApi(api) };
  const heights = new SeenHeights(state, network.profile.genesisHash);
  const ledger = shareHeights(connected, heights, identity.memberId);
  const ledgerHeight = () => connected.height();
  return { ...common, ledger, ledgerHeight, gateway: new GatewayApi({ ...api, ledgerHeight }) };
}

function connectionOf(
  state: StateFolder,
  network: Network,
  { memberId, signer }: MemberIdentity,
): LedgerConnection {
  if (isFabric(network)) {
    const journalFolder = state.journal(memberId);
    return { kind: 'fabric', profile: network.profile, signer, journalFolder };
  }
  const { ledgerUrl: url, genesisHash } = network;
  return { kind: 'embedded', url, genesisHash, signer };
}

/** @returns where a member's contributions go */
export function contributionTarget(session: Session): ContributionTarget {
  const { ledger, network, gatewayToken: token, ledgerHeight } = session;
  const gateway = { url: network.gatewayUrl, token };
  return { ledger, gateway: ledgerHeight === undefined ? gateway : { ...gateway, ledgerHeight } };
}
