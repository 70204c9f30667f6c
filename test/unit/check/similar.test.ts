import { describe, expect, it } from 'vitest';
import { didYouMean, newSuggester } from '../../../src/check/similar.js';

describe('newSuggester()', () => {
  it('answers a word as findSimilar() does, each time', () => {
    const suggest = newSuggester(['read', 'write']);
    expect([suggest('wirte'), suggest('wirte'), suggest('zzz'), suggest('zzz')]).toEqual([
      'write',
      'write',
      undefined,
      undefined,
    ]);
  });
});

describe('didYouMean()', () => {
  it('is a question, or nothing', () => {
    expect([didYouMean('read'), didYouMean(undefined)]).toEqual(['did you mean "read"?', undefined]);
  });
});
