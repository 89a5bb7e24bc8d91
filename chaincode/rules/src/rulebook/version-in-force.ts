/** A version of something that is decided on and in force from a time on, until the next version is. */
export interface TimedVersion {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly inForceFrom: number;
}

/**
 * The version that is in force: the highest of those whose time has come.
 * @returns undefined while there is none
 */
export function versionInForce<Version extends TimedVersion>(
  versions: readonly Version[],
  now: number,
): Version | undefined {
  return versions
    .filter(({ inForceFrom }) => inForceFrom <= now)
    .reduce<Version | undefined>(
      (highest, candidate) =>
        highest === undefined || candidate.version > highest.version ? candidate : highest,
      undefined,
    );
}
