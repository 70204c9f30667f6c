// Did-you-mean, as hints.

import { nearestName } from '../base/nearest-name.js';

/** Nobody reads more suggestions, and each takes a look at every name. */
const MAX_ANSWERS = 200;

/** A finder of similar names that answers each word once, and not more than 200: a profile may have ten thousand misspelled ones. */
export function newSuggester(names: readonly string[]): (word: string) => string | undefined {
  const answers = new Map<string, string | undefined>();
  return (word) => {
    if (!answers.has(word) && answers.size < MAX_ANSWERS) {
      answers.set(word, nearestName(word, names));
    }
    return answers.get(word);
  };
}

/** The hint that a suggestion is; undefined for none. */
export function didYouMean(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `did you mean ${JSON.stringify(name)}?`;
}
