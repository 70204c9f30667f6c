// Lists of CPUs and of memory nodes as text.

/** cpuset(7), "List format": numbers and ranges, such as `0-3,7`. A range that runs backwards is none, for the kernel too. */
export function isNumberList(text: string): boolean {
  if (!/^\s*\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*\s*$/.test(text)) {
    return false;
  }
  for (const [, first, last] of text.matchAll(/(\d+)-(\d+)/g)) {
    if (Number(first) > Number(last)) {
      return false;
    }
  }
  return true;
}
