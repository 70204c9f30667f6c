// runtime-linux.md: descriptors and links.
import { describe, expect } from 'vitest';
import { ask } from './container.js';
import { shows } from './shows.js';

const LINKS = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
] as const;

describe('runtime-linux.md', () => {
  for (const [link, target] of LINKS) {
    shows(['linux-dev-links'], `${link} leads to ${target}`, () => {
      expect(ask(['readlink', link]).trim()).toBe(target);
    });
  }
});
