import { VeilsumError, type ExactFraction } from '@veilsum/protocol';
import { z } from 'zod';

/**
 * An exact number as people write it: `0.92`, `-3` or `11/12`.
 * @throws {@link VeilsumError} INVALID_ARGUMENT
 */
export function parseExactNumber(text: string): ExactFraction {
  const quotient = /^(-?\d{1,60})\/(\d{1,60})$/.exec(text);
  if (quotient !== null) return exact(BigInt(quotient[1] ?? ''), BigInt(quotient[2] ?? ''), text);
  const decimal = /^(-?)(\d{1,40})(?:\.(\d{1,20}))?$/.exec(text);
  if (decimal === null) throw malformed(text);
  const [, sign = '', whole = '', digits = ''] = decimal;
  const value = BigInt(whole + digits) * (sign === '-' ? -1n : 1n);
  return exact(value, 10n ** BigInt(digits.length), text);
}

/** A field of a document that holds an exact number; unquoted numbers of YAML are taken too. */
export const exactNumberField = z
  .union([z.string(), z.number()])
  .transform((written) => parseExactNumber(String(written)));

/** An exact number for people, with at most six digits after the point. */
export function showExact({ numerator, denominator }: ExactFraction): string {
  const scaled = (BigInt(numerator) * 1_000_000n) / BigInt(denominator);
  const sign = scaled < 0n ? '-' : '';
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(7, '0');
  const decimals = digits.slice(-6).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -6)}${decimals === '' ? '' : `.${decimals}`}`;
}

function exact(numerator: bigint, denominator: bigint, text: string): ExactFraction {
  if (denominator === 0n) throw malformed(text);
  return { numerator: String(numerator), denominator: String(denominator) };
}

function malformed(text: string): VeilsumError {
  return new VeilsumError(
    'INVALID_ARGUMENT',
    `An exact number is written like 0.92, -3 or 11/12, not "${text}".`,
  );
}
