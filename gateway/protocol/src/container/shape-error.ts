import { VeilsumError } from '../veilsum-error.js';

/** A refusal of the file's form as such. */
export function invalidContainer(sentence: string): VeilsumError {
  return new VeilsumError('CONTAINER_INVALID', sentence);
}
