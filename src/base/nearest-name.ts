// Which known name somebody meant who wrote another one. The only place that measures how far words are apart.

/** No name that is asked for is longer, and the time grows with the product of two lengths. */
const MAX_LENGTH = 64;

/**
 * How many letters have to be inserted, removed, replaced or exchanged with their neighbour to get from one word to the other (optimal string
 * alignment). What is more than `limit` is Infinity.
 */
export function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) {
    return Number.POSITIVE_INFINITY;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) > limit) {
      return Number.POSITIVE_INFINITY;
    }
    beforeLast = last;
    last = row;
  }
  const distance = last[to.length] ?? 0;
  return distance > limit ? Number.POSITIVE_INFINITY : distance;
}

/**
 * The nearest of the names to a word that is none of them; undefined when none is near: more than a third of the letters are others. Case
 * counts for nothing. Of names equally near the one that begins with the same letter is taken, then the first.
 */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) {
    return undefined;
  }
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestScore = Math.max(1, Math.floor(wanted.length / 3)) + 0.75;
  for (const name of names) {
    const candidate = name.toLowerCase();
    const penalty = candidate[0] === wanted[0] ? 0 : 0.5;
    const score = editDistance(wanted, candidate, Math.floor(bestScore)) + penalty;
    if (score < bestScore) {
      best = name;
      bestScore = score;
    }
  }
  return best;
}
