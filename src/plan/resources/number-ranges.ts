// Arithmetic on the kernel's lists of numbers (cpuset(7), "List format"), without ever counting through a range: its ends may be far apart.

type Range = readonly [first: number, last: number];

/** Those numbers of the list `wanted` that the list `present` lacks, as a list; '' when it has all. Both are well formed or empty. */
export function missingNumbers(wanted: string, present: string): string {
  let missing = parseRanges(wanted);
  for (const range of parseRanges(present)) {
    missing = missing.flatMap((rest) => subtract(rest, range));
  }
  return missing.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

function parseRanges(list: string): Range[] {
  const ranges: Range[] = [];
  for (const [, first, last] of list.matchAll(/(\d+)(?:-(\d+))?/g)) {
    ranges.push([Number(first), Number(last ?? first)]);
  }
  return ranges;
}

function subtract([first, last]: Range, [from, to]: Range): Range[] {
  const below: Range = [first, Math.min(last, from - 1)];
  const above: Range = [Math.max(first, to + 1), last];
  return [below, above].filter(([low, high]) => low <= high);
}
