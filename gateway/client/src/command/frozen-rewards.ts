import { askLedger } from '@veilsum/ledger';
import { accountSchema, incidentSchema } from '@veilsum/protocol';
import { z } from 'zod';
import type { Session } from '../session/session.js';
import { showId, showMoney } from './wording.js';

/** @returns why rewards of an account's member lie apart, as lines for people; none when nothing does */
export async function frozenRewardsInWords(
  { ledger }: Session,
  accountId: string,
  currency: string,
): Promise<string[]> {
  const [holder, memberId] = accountId.split(':');
  if (holder !== 'member' || memberId === undefined) return [];
  const frozen = { accountId: `frozen:${memberId}` };
  const { balance } = await askLedger(ledger, 'account:read', frozen, accountSchema);
  if (balance === '0') return [];
  const filter = { memberId, status: 'escalated' };
  const incidents = (
    await askLedger(ledger, 'incident:list', filter, z.array(incidentSchema))
  ).filter(({ measures }) => measures.includes('freeze-rewards'));
  const money = `${showMoney(balance, currency)} of rewards lie in frozen:${memberId}`;
  return incidents.length === 0
    ? [`${money}; nothing holds them back: veilsum incident release ${memberId}`]
    : incidents.map(
        ({ incidentId, kind }) =>
          `${money}, held back by incident ${showId(incidentId)} (${kind}); veilsum incident show ${incidentId}`,
      );
}
