import { canonicalBytes, encodeText, sha256Hex } from '@veilsum/crypto';
import { incidentIdSchema, type IncidentId, type IncidentReport } from '@veilsum/protocol';

/** The kind of an incident and the ids that say what it is about. */
export type IncidentSubject = Readonly<Record<string, string>>;

/** What a report is about, without what its teller adds: two reports of one thing have one subject. */
export function subjectOf(report: IncidentReport): IncidentSubject {
  switch (report.kind) {
    case 'late-contribution':
      return lateContribution(report.commitmentId);
    case 'missed-opening':
    case 'opening-mismatch':
      return openedContribution(report.kind, report);
    case 'stale-mapping': {
      const { kind, memberId, productId, epoch } = report;
      return { kind, memberId, productId, epoch };
    }
    case 'bad-decryption-share': {
      const { kind, queryId, attempt, index } = report;
      return { kind, queryId, attempt: String(attempt), index: String(index) };
    }
    case 'use-outside-purpose':
      return { kind: report.kind, queryId: report.queryId };
    case 'undecodable-result': {
      const { kind, queryId, group } = report;
      return { kind, queryId, group: String(group) };
    }
  }
}

/** A commitment that was due without a contribution. */
export function lateContribution(commitmentId: string): IncidentSubject {
  return { kind: 'late-contribution', commitmentId };
}

/** A contribution whose opening was missed, or does not match. */
export function openedContribution(
  kind: 'missed-opening' | 'opening-mismatch',
  { openingId, contributionId }: { readonly openingId: string; readonly contributionId: string },
): IncidentSubject {
  return { kind, openingId, contributionId };
}

/** The id of an incident: the first 16 bytes of a hash of its subject (docs/ledger.md, Incidents). */
export function incidentIdOf(subject: IncidentSubject): IncidentId {
  const hash = sha256Hex(encodeText('veilsum/v1/incident'), canonicalBytes(subject));
  return incidentIdSchema.parse(hash.slice(0, 32));
}
