import { requireFailedCall, type OpenStream, type PeerSet } from './peer-set.js';
import { OUTAGE_PAUSES, pause } from './retry-pause.js';

/**
 * What a peer streams, over reconnects and peers, until the signal aborts or the set of peers is closed.
 * @param open - opens a stream behind the last item that was taken from this one
 * @throws {@link VeilsumError} what no other connection would mend, like LEDGER_INTEGRITY
 */
export async function* followStream<Item>(
  peers: PeerSet,
  open: OpenStream<Item>,
  given: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const signal = given === undefined ? peers.closing : AbortSignal.any([given, peers.closing]);
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const item of peers.streamOnce(open, signal)) {
        failures = 0;
        yield item;
      }
    } catch (error) {
      const { failure } = requireFailedCall(error);
      if (failure.kind === 'refused') throw failure.refusal;
    }
    failures += 1;
    await pause(failures, OUTAGE_PAUSES, signal);
  }
}
