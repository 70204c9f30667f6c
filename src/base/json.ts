// JSON text of values whose integers may be larger than a number can hold.

/** As JSON.stringify of plain data, with every bigint as the integer it is. */
export function encodeJson(value: unknown): string {
  if (typeof value === 'bigint') {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((part) => encodeJson(part ?? null)).join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  const fields = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${fields.map(([key, part]) => `${JSON.stringify(key)}:${encodeJson(part)}`).join(',')}}`;
}
