import type { Alert } from '@veilsum/protocol';
import { alertIdOf, type Finding } from '../../../gateway/watcher/src/detectors/finding.js';

/** Something that a detector could have seen. */
export const sampleFinding = (change: Partial<Finding> = {}): Finding => ({
  kind: 'upload-missing',
  subject: 'member:merchant-1/contribution:c0ffee',
  period: '2017-Q1',
  sentence: 'The container is missing.',
  concerns: ['merchant-1'],
  ...change,
});

/** An open alert about {@link sampleFinding}, or about the n-th thing like it. */
export function sampleAlert(change: Partial<Alert> = {}, number = 0): Alert {
  const finding = sampleFinding(number === 0 ? {} : { period: `period ${number}` });
  return {
    format: 'veilsum-alert/1',
    alertId: alertIdOf(finding),
    revision: 1,
    kind: finding.kind,
    severity: 'warning',
    subject: finding.subject,
    period: finding.period,
    at: 1000,
    sentence: finding.sentence,
    mendingStep: 'Send it again.',
    status: 'open',
    ...change,
  };
}
