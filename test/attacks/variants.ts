// The variants that each row is run in, and their names.
import type { Row, Variant } from './row.js';

const EITHER = [false, true] as const;
const WAYS = ['create', 'run', 'exec'] as const;

/** Those that apply to a row, the plainest first. */
export function variantsOf(row: Row): Variant[] {
  const ways = row.exec === undefined ? WAYS.filter((way) => way !== 'exec') : WAYS;
  const all = ways.flatMap((way) =>
    EITHER.flatMap((terminal) =>
      EITHER.flatMap((userNamespace) =>
        EITHER.map((readonly): Variant => ({ terminal, userNamespace, readonly, way })),
      ),
    ),
  );
  return all.filter((variant) => !(row.omits ?? []).some((omitted) => hasAll(variant, omitted.variant)));
}

/**
 * Half of them: of the four properties any three still come together in every combination. Where a row leaves out variants that would
 * take all of these, it gets what is left.
 */
export function sampleVariantsOf(row: Row): Variant[] {
  const all = variantsOf(row);
  const half = all.filter(({ terminal, userNamespace, readonly, way }) => {
    return [terminal, userNamespace, readonly, way === 'run'].filter(Boolean).length % 2 === 0;
  });
  return half.length > 0 ? half : all;
}

/** The first of each way, with a terminal and without. */
export function plainVariantsOf(row: Row): Variant[] {
  const all = variantsOf(row);
  return all.filter(
    ({ way, terminal }, index) => all.findIndex((other) => other.way === way && other.terminal === terminal) === index,
  );
}

function hasAll(variant: Variant, properties: Partial<Variant>): boolean {
  return Object.entries(properties).every(([key, value]) => variant[key as keyof Variant] === value);
}

export function nameVariant({ terminal, userNamespace, readonly, way }: Variant): string {
  const words = [way, ...(terminal ? ['terminal'] : []), ...(userNamespace ? ['user namespace'] : [])];
  return [...words, ...(readonly ? ['read-only'] : [])].join(', ');
}
