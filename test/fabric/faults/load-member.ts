import {
  connectLedger,
  tellLedger,
  type FabricConnection,
  type Ledger,
  type LedgerCall,
  type LedgerCommit,
} from '@veilsum/ledger';

import { journalled } from '../adapter-network.js';

/** A call with an id of its own in its argument, by which the ledger's blocks are searched for it. */
export interface LoadRequest {
  readonly call: LedgerCall;
  readonly objectId: string;
  readonly argument: object;
}

/** How a member of the load behaves; see {@link memberHabits}. */
export interface MemberHabit {
  /** How long a submit goes on trying; as the adapter chooses when absent. */
  readonly patienceMs?: number;
  /** Whether it asks the same again when the outcome is unknown, or leaves that to its next start. */
  readonly asksAgain: boolean;
}

/** Shorter than the change of a Raft leader takes, so that outcomes stay unknown. */
const HASTY_MS = 3000;

/** One member waits, one asks again after an unknown outcome, one leaves it open until it starts again. */
export const memberHabits: readonly MemberHabit[] = [
  { asksAgain: true },
  { asksAgain: true, patienceMs: HASTY_MS },
  { asksAgain: false, patienceMs: HASTY_MS },
];

/** A member whose program submits, and can be started again on the journal that it left. */
export class LoadMember {
  readonly memberId: string;
  readonly #habit: MemberHabit;
  readonly #connection: FabricConnection;
  readonly #running = new Set<Promise<unknown>>();
  #ledger: Ledger;
  #restart: Promise<void> | undefined;

  private constructor(
    memberId: string,
    habit: MemberHabit,
    connection: FabricConnection,
    ledger: Ledger,
  ) {
    this.memberId = memberId;
    this.#habit = habit;
    this.#connection = connection;
    this.#ledger = ledger;
  }

  static async connect(
    memberId: string,
    habit: MemberHabit,
    connection: FabricConnection,
  ): Promise<LoadMember> {
    return new LoadMember(memberId, habit, connection, await open(connection, habit));
  }

  /** Whether it asks the same again when the outcome is unknown. */
  get asksAgain(): boolean {
    return this.#habit.asksAgain;
  }

  /** Submits once; waits first while the program is being started again. @throws VeilsumError */
  async submit({ call, argument }: LoadRequest): Promise<LedgerCommit> {
    while (this.#restart !== undefined) await this.#restart;
    const running = tellLedger(this.#ledger, call, argument);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Ends the program when its submits have ended, and starts one that settles what was left open. */
  async restart(): Promise<void> {
    this.#restart = this.#startAgain().finally(() => {
      this.#restart = undefined;
    });
    await this.#restart;
  }

  /** Ids of the transactions whose outcome is still open. */
  openTransactions(): Promise<string[]> {
    return journalled(this.#connection.journalFolder);
  }

  async close(): Promise<void> {
    await this.#ledger.close();
  }

  async #startAgain(): Promise<void> {
    await Promise.allSettled([...this.#running]);
    await this.#ledger.close();
    // The first start waits as long as the adapter thinks right, and so leaves nothing open.
    const settling = await open(this.#connection, {});
    await settling.close();
    this.#ledger = await open(this.#connection, this.#habit);
  }
}

function open(
  connection: FabricConnection,
  { patienceMs }: Pick<MemberHabit, 'patienceMs'>,
): Promise<Ledger> {
  return connectLedger(patienceMs === undefined ? connection : { ...connection, patienceMs });
}
