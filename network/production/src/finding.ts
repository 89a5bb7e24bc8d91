/** Something in the manifests that is not as it has to be. */
export interface Finding {
  /** Relative to network/production. */
  readonly file: string;
  /** One sentence. */
  readonly problem: string;
}
