import { errorCodes, type ErrorCode, type Verdict } from '@veilsum/protocol';
import type { Output } from './output.js';

/** Shows why something was refused: every rule that failed, and the way out of each. */
export function showRefusal(output: Output, verdict: Verdict): void {
  for (const { rule, code, sentence, passed } of verdict.trace) {
    if (passed) continue;
    output.line(`  ${code ?? 'REFUSED'} (${rule}): ${sentence}`);
    if (code !== undefined && code in errorCodes) {
      output.line(`    → ${errorCodes[code as ErrorCode].wayOut}`);
    }
  }
}
