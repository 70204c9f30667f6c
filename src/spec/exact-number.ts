// Numbers of exact JSON: no digit of an integer is lost.

/** The number that these digits (RFC 8259, 6) are: a JS number where that is exact, otherwise a bigint; text says what is wrong with them. */
export function readNumber(digits: string): number | bigint | string {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) {
    return value;
  }
  // BigInt() takes quadratic time, and no field holds more than 20 digits.
  if (digits.length > 40 && /^-?\d+$/.test(digits)) {
    return `found a number of ${digits.length} digits, must be an integer of at most 64 bits`;
  }
  return Number.isFinite(value) ? (toInteger(digits) ?? value) : `found the number ${digits}: it is too large`;
}

/** The integer that these digits state, also with an exponent or a fraction of zeros; null if they state none, or one far beyond 64 bits. */
function toInteger(digits: string): bigint | null {
  if (digits.length > 40) {
    return null;
  }
  const [, whole = '', fraction = '', exponent = '0'] =
    /^(-?\d+)(?:\.(\d*?)0*)?(?:[eE]([+-]?\d+))?$/.exec(digits) ?? [];
  const zeros = Number(exponent) - fraction.length;
  return zeros >= 0 && zeros <= 40 ? BigInt(whole + fraction + '0'.repeat(zeros)) : null;
}
