// Lists of CPUs and of memory nodes as numbers.

/**
 * The numbers of a list such as `0-3,7`, each once, which the checks of the spec have accepted. What lies above `most` is left out, but for
 * the first number of a range: so a list that goes too far is refused, and never as long as it says.
 */
export function listNumbers(list: string, most: number): string[] {
  const numbers = new Set<string>();
  for (const range of list.split(',').filter((part) => part.trim() !== '')) {
    const [first = '', last = first] = range.split('-');
    for (let number = Number(first); number <= Math.min(Number(last), Math.max(Number(first), most)); number += 1) {
      numbers.add(String(number));
    }
  }
  return [...numbers];
}
