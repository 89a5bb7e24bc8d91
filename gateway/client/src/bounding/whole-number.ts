/** Largest size of one record's lane or measure, in minor units: every larger one may be inexact. */
export const WHOLE_NUMBER_MAX = 2n ** 53n - 1n;

/**
 * Digits of a minor unit that are looked at; what is below them, such as the last digits of
 * 26.630000000000003, is the noise of a binary floating point sum.
 */
const FRACTION_DIGITS = 6;

/** How a text becomes a whole number. */
export interface WholeNumberRule {
  /** The number is multiplied by 10^scale first; 0 to 9. */
  readonly scale: number;
  readonly rounding: 'exact' | 'nearest';
}

/** SQL columns that read a text column as a whole number, in three steps; each needs the one before. */
export interface WholeNumberSql {
  /** DECIMAL, or NULL when the text is none that fits. */
  readonly decimal: string;
  /** Times 10^scale, NULL beyond the limit. */
  readonly scaled: string;
  /** BIGINT. */
  readonly whole: string;
}

/** A condition on a text column, true for a row that is to be refused. */
export interface Check {
  readonly condition: string;
  /** Completes "Row 5, sales …". */
  readonly reason: string;
}

/**
 * SQL that reads text as a whole number of minor units with integers and decimals only: a binary
 * float would make 0.29 dollars 28.999999999999996 cents.
 * @param text column with the text
 * @param prefix of the columns that the steps are called: `<prefix>_decimal`, `<prefix>_scaled`,
 * `<prefix>_whole`
 */
export function wholeNumberSql(
  text: string,
  prefix: string,
  { scale }: WholeNumberRule,
): WholeNumberSql {
  const limit = decimalLimit(scale);
  const [narrow, wide] = [18, 38].map((width) => `DECIMAL(${width}, ${scale + FRACTION_DIGITS})`);
  return {
    // Reading into 64 bits is a hundred times faster than into 128, and gives the same when it fits.
    decimal: `coalesce(CAST(TRY_CAST(trim(${text}) AS ${narrow}) AS ${wide}), TRY_CAST(trim(${text}) AS ${wide}))`,
    scaled: `CASE WHEN abs(${prefix}_decimal) <= ${limit} THEN ${prefix}_decimal * ${10 ** scale} END`,
    whole: `CAST(round(${prefix}_scaled, 0) AS BIGINT)`,
  };
}

/** The conditions under which {@link wholeNumberSql} has no answer, most telling first. */
export function wholeNumberChecks(text: string, prefix: string, rule: WholeNumberRule): Check[] {
  const fraction: Check = {
    condition: `${prefix}_scaled <> ${prefix}_whole`,
    reason: 'is not a whole number of minor units',
  };
  return [
    {
      condition: unlessDecimal(prefix, `lower(ltrim(trim(${text}), '+-')) IN (${NOT_FINITE})`),
      reason: 'is not a finite number',
    },
    {
      condition: unlessDecimal(prefix, `NOT regexp_full_match(trim(${text}), '${NUMBER}')`),
      reason: 'is not a number',
    },
    {
      condition: `${prefix}_decimal = 0 AND starts_with(trim(${text}), '-')`,
      reason: 'is a negative zero',
    },
    {
      condition: `${prefix}_scaled IS NULL`,
      reason: `is beyond the limit of ${WHOLE_NUMBER_MAX} minor units`,
    },
    ...(rule.rounding === 'exact' ? [fraction] : []),
  ];
}

const NOT_FINITE = "'nan', 'inf', 'infinity'";
const NUMBER = String.raw`[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?`;

/** Looks at the text only where it was no decimal: CASE, unlike AND, spares the other rows. */
function unlessDecimal(prefix: string, condition: string): string {
  return `CASE WHEN ${prefix}_decimal IS NULL THEN ${condition} ELSE false END`;
}

/** (2^53 - 1) / 10^scale as an exact decimal literal. */
function decimalLimit(scale: number): string {
  const digits = WHOLE_NUMBER_MAX.toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  const literal = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return `CAST('${literal}' AS DECIMAL(38, ${scale + FRACTION_DIGITS}))`;
}
