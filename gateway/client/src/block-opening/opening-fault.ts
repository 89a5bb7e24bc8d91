/** What is wrong with an opened block, and where; it says no value. */
export interface OpeningFault {
  readonly fault:
    'answer' | 'range' | 'ciphertext' | 'layout' | 'magnitude' | 'bounds' | 'coverage';
  readonly row: number;
  readonly sentence: string;
}
