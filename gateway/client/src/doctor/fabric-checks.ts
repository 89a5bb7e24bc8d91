import { connect } from 'node:tls';
import type { FabricPeer, FabricProfile } from '@veilsum/ledger';
import type { CheckOutcome } from './check-outcome.js';

const TIMEOUT_MS = 5_000;

/** Whether each organisation's peers and the orderers answer under the certificates that the profile names. */
export async function fabricChecks({
  organisations,
  orderers,
}: FabricProfile): Promise<CheckOutcome[]> {
  const groups = [
    ...organisations.map(({ name, peers }) => ({ check: `peers of ${name}`, nodes: peers })),
    { check: 'orderers', nodes: orderers },
  ];
  return Promise.all(groups.map(({ check, nodes }) => nodesCheck(check, nodes)));
}

async function nodesCheck(check: string, nodes: readonly FabricPeer[]): Promise<CheckOutcome> {
  const answers = await Promise.all(nodes.map(isAnswering));
  const silent = nodes.filter((_, index) => answers[index] !== true);
  return {
    check,
    ok: silent.length === 0,
    found:
      silent.length === 0
        ? `${nodes.length} answer`
        : `no answer from ${silent.map(({ address }) => address).join(', ')}`,
    mend: 'Run "veilsum up" if they run on this machine, else ask whoever runs them.',
  };
}

/** The handshake alone: it shows that the node is there and is the right one, and needs no key of ours. */
function isAnswering({ address, tlsServerName, tlsRootCertificate }: FabricPeer): Promise<boolean> {
  const separator = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({
      host: address.slice(0, separator),
      port: Number(address.slice(separator + 1)),
      servername: tlsServerName,
      ca: tlsRootCertificate,
      ALPNProtocols: ['h2'],
      timeout: TIMEOUT_MS,
    });
    const end = (answers: boolean) => () => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('secureConnect', end(true));
    socket.once('error', end(false));
    socket.once('timeout', end(false));
  });
}
