import { createContracts, type CallerIdentity } from '@veilsum/contracts';
import { encodeCanonicalJson } from '@veilsum/crypto';
import { VeilsumError, transactionProposalSchema } from '@veilsum/protocol';

import { ContractRunner } from '../../embedded/contract-runner.js';
import type { StateView, VersionedEntry, VersionedValue } from '../../embedded/state-view.js';
import { encodePem } from '../../identity/certificate.js';
import type { LedgerBlockTransaction } from '../../ledger.js';
import type { ChannelState, StateValue } from './channel-state.js';

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Which contracts are executed. */
export interface ReplayOptions {
  /** Name of their chaincode on the channel. */
  readonly chaincode: string;
  /** Organisation that alone may found the consortium; anyone may when it is not known. */
  readonly founderMspId?: string | undefined;
}

/** Executes the contracts' transactions again, so that not even all endorsers together can forge one. */
export class ContractReplay {
  readonly #runner: ContractRunner;
  readonly #view: StateView;

  constructor(state: ChannelState, { chaincode, founderMspId }: ReplayOptions) {
    const options = founderMspId === undefined ? {} : { founderMspId };
    this.#runner = new ContractRunner(createContracts(options));
    this.#view = new ChannelView(state, chaincode);
  }

  /**
   * Executes a valid transaction on the state that it was valid on.
   * @returns what is wrong, undefined when it does what its contract does
   */
  async problemOf(call: LedgerBlockTransaction, channel: string): Promise<string | undefined> {
    try {
      const { readWriteSet, events, response } = await this.#runner.run({
        proposal: transactionProposalSchema.parse({
          format: 'veilsum-transaction/1',
          channel,
          transactionId: call.transactionId,
          contract: call.contract,
          transaction: call.transaction,
          argument: call.argument,
          mspId: call.mspId,
          certificate: call.certificate,
          timestampMs: call.timestampMs,
        }),
        caller: callerOf(call),
        view: this.#view,
        purpose: 'submit',
      });
      const executed = encodeCanonicalJson({ writes: readWriteSet.writes, events, response });
      const { writes, events: recorded, response: answer } = call;
      return executed === encodeCanonicalJson({ writes, events: recorded, response: answer })
        ? undefined
        : 'It does not do what its contract does.';
    } catch (error) {
      const reason =
        error instanceof VeilsumError ? error.toLedgerMessage() : 'it cannot be executed';
      return `Its contract refuses it: ${reason}`;
    }
  }
}

function callerOf({ mspId, certificate }: LedgerBlockTransaction): CallerIdentity {
  const pem = encodePem(Buffer.from(certificate, 'base64'));
  return { getMSPID: () => mspId, getIDBytes: () => Buffer.from(pem) };
}

/** One chaincode's namespace as its contracts see it. */
class ChannelView implements StateView {
  readonly #state: ChannelState;
  readonly #chaincode: string;

  constructor(state: ChannelState, chaincode: string) {
    this.#state = state;
    this.#chaincode = chaincode;
  }

  get(key: string): VersionedValue | undefined {
    const found = this.#state.get(this.#chaincode, key);
    return found === undefined ? undefined : textOf(found);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- others have to wait for a disk
  async range({
    startKey,
    endKey,
  }: {
    startKey: string;
    endKey: string;
  }): Promise<VersionedEntry[]> {
    return this.#state
      .range(this.#chaincode, startKey, endKey)
      .map(({ key, found }) => ({ key, ...textOf(found) }));
  }

  history(): Promise<never> {
    return Promise.reject(new VeilsumError('INVALID_STATE', 'History is not read to write.'));
  }
}

function textOf({ value, version }: StateValue): VersionedValue {
  return { value: utf8Decoder.decode(value), version };
}
