import type { Block, LedgerTransaction } from '@veilsum/protocol';

import type { LedgerBlock, LedgerBlockTransaction } from '../ledger.js';

/** @returns an embedded block in the form that both ledgers share; its checks are done or not as before */
export function ledgerBlockOf({ number, hash, previousHash, transactions }: Block): LedgerBlock {
  return { number, hash, previousHash, transactions: transactions.map(ledgerTransactionOf) };
}

function ledgerTransactionOf({
  envelope: { proposal },
  readWriteSet: { writes },
  events,
  response,
  validationCode,
}: LedgerTransaction): LedgerBlockTransaction {
  const { transactionId, contract, transaction, argument, timestampMs, mspId, certificate } =
    proposal;
  return {
    transactionId,
    contract,
    transaction,
    argument,
    timestampMs,
    mspId,
    certificate,
    validationCode,
    writes,
    events,
    response,
  };
}
