/** How numbers, money, shares and times are shown to people. */

/** @returns grouped digits with at most two decimals; small numbers with four significant digits */
export function showNumber(value: number): string {
  const precision =
    Math.abs(value) < 10 && !Number.isInteger(value)
      ? { maximumSignificantDigits: 4 }
      : { maximumFractionDigits: 2 };
  return value.toLocaleString('en', precision);
}

/** @param amount - minor units as a decimal string */
export function showMoney(amount: string, currency: string): string {
  const negative = amount.startsWith('-');
  const digits = (negative ? amount.slice(1) : amount).padStart(3, '0');
  const whole = BigInt(digits.slice(0, -2)).toLocaleString('en');
  return `${negative ? '-' : ''}${whole}.${digits.slice(-2)} ${currency}`;
}

/** @returns ε from millionths of it */
export function showEpsilon(epsilonMicro: number): string {
  return `ε ${(epsilonMicro / 1_000_000).toLocaleString('en', { maximumFractionDigits: 6 })}`;
}

/** @returns date and time in UTC to the second */
export function showTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}

/** @returns the first digits of a long id, enough to tell two apart */
export function showId(id: string): string {
  return id.length > 12 ? id.slice(0, 12) : id;
}
