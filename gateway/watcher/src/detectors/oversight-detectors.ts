import type { Incident } from '@veilsum/protocol';
import { durationWords, type LedgerDetector } from './detector.js';
import type { Finding } from './finding.js';

/** Contributors that have not shown an auditor in time what they were asked to show. */
export const detectMissedOpenings: LedgerDetector = (
  { oversight: { openingTasks } },
  { now, thresholds },
) =>
  openingTasks
    .filter(
      ({ status, conclusions }) =>
        (status === 'due' || status === 'named') && conclusions.length === 0,
    )
    .filter(({ deadline }) => now - deadline > thresholds.overdueMs)
    .map(({ openingId, contributionId, contributorId, judgeId, deadline }) => ({
      kind: 'missed-opening',
      subject: `member:${contributorId}/contribution:${contributionId}/opening:${openingId}`,
      period: 'answer',
      sentence: `${contributorId} should have shown ${judgeId} the named blocks of its contribution ${durationWords(now - deadline)} ago.`,
      concerns: [contributorId, judgeId],
    }));

/** Incidents that are open or have their measures in force. */
export const detectOpenIncidents: LedgerDetector = ({ oversight: { incidents } }, { now }) =>
  incidents.map((incident) => {
    const { incidentId, memberId } = incident;
    const of = memberId === undefined ? '' : `member:${memberId}/`;
    return {
      kind: 'incident-open',
      subject: `${of}incident:${incidentId}`,
      period: 'incident',
      sentence: incidentSentence(incident, now),
      concerns: memberId === undefined ? [] : [memberId],
      ...severityOf(incident),
      ...endOf(incident),
    };
  });

function incidentSentence(incident: Incident, now: number): string {
  const { kind, memberId, severity, status, rectifyUntil, measures } = incident;
  const against = memberId === undefined ? '' : ` of ${memberId}`;
  const what = `The ${severity} incident ${kind}${against}`;
  if (status === 'open' && now <= rectifyUntil)
    return `${what} is open, and ${durationWords(rectifyUntil - now)} are left to mend it without a penalty.`;
  if (status === 'open') return `${what} is open, and its time of grace is over or there is none.`;
  return `${what} is ${status}; its measures are ${measures.join(', ')}.`;
}

/** A penalty that is in force hurts; a time of grace does not yet. */
function severityOf({ status, severity }: Incident): Pick<Finding, 'severity'> {
  return status === 'escalated' || severity === 'major' ? { severity: 'critical' } : {};
}

function endOf({ status, rectifiedAt, closedAt, outcome }: Incident): Pick<Finding, 'over'> {
  if (status === 'rectified')
    return {
      over: { at: rectifiedAt ?? 0, sentence: 'It was mended in time; there is no penalty.' },
    };
  if (status !== 'closed') return {};
  const sentence = `It was decided: ${outcome ?? 'closed'}.`;
  return { over: { at: closedAt ?? 0, sentence } };
}
