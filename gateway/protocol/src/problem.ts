import { z } from 'zod';

/** RFC 9457 problem document, as the gateway and the embedded ledger answer every failure. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** One plain sentence that says what to do next. */
  detail: z.string(),
  code: z.string(),
  retryable: z.boolean(),
  transactionId: z.string().optional(),
  correlationId: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;
