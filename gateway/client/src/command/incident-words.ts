import type { Incident, IncidentKind } from '@veilsum/protocol';
import { showTime } from './wording.js';

const mendingSteps: Readonly<Record<IncidentKind, string>> = {
  'late-contribution': 'contribute to the product and epoch (veilsum contribute)',
  'stale-mapping': 'correct the mapping and contribute anew, to this epoch or the next',
  'missed-opening': 'answer it (veilsum opening answer)',
  'opening-mismatch': 'contest it before another auditor or a regulator (veilsum opening contest)',
  'bad-decryption-share': 'none by yourself: an operator and a regulator decide',
  'use-outside-purpose': 'none by yourself: an operator and a regulator decide',
  'undecodable-result': 'contributors answer the opening that has the same id',
};

/** An incident as lines for people. */
export function incidentInWords(incident: Incident): string[] {
  const { incidentId, kind, memberId, openedAt, status, rectifyUntil, measures } = incident;
  const against = memberId === undefined ? '' : ` of ${memberId}`;
  const table =
    incident.rulebookVersion === 0 ? 'the default table' : `rulebook ${incident.rulebookVersion}`;
  return [
    `Incident ${incidentId}: ${kind}${against}, ${showTime(openedAt)} UTC, ${status}${incident.outcome === undefined ? '' : ` (${incident.outcome})`}.`,
    ...(status === 'open' && rectifyUntil > 0
      ? [
          `No penalty if it is mended until ${showTime(rectifyUntil)} UTC: ${mendingSteps[kind]}.`,
          `Otherwise, by ${table}: ${measures.join(', ')}.`,
        ]
      : []),
    ...(status === 'escalated'
      ? [`In force by ${table}: ${measures.join(', ')}. Way out: ${mendingSteps[kind]}.`]
      : []),
  ];
}
