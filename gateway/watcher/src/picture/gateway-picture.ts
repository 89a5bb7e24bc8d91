/** What one look at a gateway found. */
export interface GatewayLook {
  readonly at: number;
  /** Undefined when it did not answer, or not in the form of a gateway. */
  readonly info?: {
    readonly gatewayId: string;
    readonly genesisHash: string;
    readonly height: number;
  };
  /** Whether it says that it follows the ledger. */
  readonly isReady: boolean;
  /** Refusals by code since its process began, as its metrics have them. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Blocks of the own ledger at that time; undefined when it gave no answer. */
  readonly ledgerHeight: number | undefined;
}

/** Refusals that were counted between two looks. */
export interface CountedRefusals {
  readonly code: string;
  readonly at: number;
  readonly count: number;
}

/** What the looks at a gateway add up to. */
export interface GatewayPicture {
  readonly last: GatewayLook;
  /** Since when it has not been ready; undefined when it is. */
  readonly silentSince?: number;
  /** Since when its view of the ledger has been behind by the threshold or more. */
  readonly behindSince?: number;
  readonly counted: readonly CountedRefusals[];
}

/** A gateway that is flooded, or lies, must not fill the watcher's memory. */
const CODES_MAX = 200;
const COUNTED_MAX = 5000;

/**
 * Adds a look to what was seen before. A counter that fell belongs to a process that began anew.
 * @param lagBlocks - how far behind counts
 */
export function addLook(
  before: GatewayPicture | undefined,
  look: GatewayLook,
  lagBlocks: number,
): GatewayPicture {
  return {
    last: look,
    ...(look.isReady ? {} : { silentSince: before?.silentSince ?? look.at }),
    ...(isBehind(before, look, lagBlocks) ? { behindSince: before?.behindSince ?? look.at } : {}),
    counted: [...(before?.counted ?? []), ...growth(before?.last, look)].slice(-COUNTED_MAX),
  };
}

/** While nothing is known, it is as it was. */
function isBehind(
  before: GatewayPicture | undefined,
  { info, ledgerHeight }: GatewayLook,
  lagBlocks: number,
): boolean {
  if (info === undefined || ledgerHeight === undefined) return before?.behindSince !== undefined;
  return ledgerHeight - info.height >= lagBlocks;
}

function growth(before: GatewayLook | undefined, look: GatewayLook): CountedRefusals[] {
  // What a process counted before the watcher looked first is no news, nor is what was not shown.
  if (before === undefined || look.info === undefined) return [];
  return Object.entries(look.refusals)
    .slice(0, CODES_MAX)
    .flatMap(([code, total]) => {
      const earlier = before.refusals[code] ?? 0;
      const count = total < earlier ? total : total - earlier;
      return count > 0 ? [{ code, at: look.at, count }] : [];
    });
}
