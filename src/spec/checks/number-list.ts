// Lists of CPUs and of memory nodes as text.

/** cpuset(7), "List format": numbers and ranges, such as `0-3,7`. */
export function isNumberList(text: string): boolean {
  return /^\s*\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*\s*$/.test(text);
}
