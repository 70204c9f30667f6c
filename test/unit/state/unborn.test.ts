// Names of directories that are still being written.
import { describe, expect, test } from 'vitest';
import { parseUnborn, unbornName } from '../../../src/state/unborn.js';

describe('the name of a directory that is still being written', () => {
  test.each(['web', 'a.b', 'web.1.2', '_+-.'])('says of which id, and by whom: "%s"', (id) => {
    const writer = { pid: 12, startTime: '345' };
    expect(parseUnborn(unbornName(id, writer))).toEqual({ name: `.new.${id}.12.345`, id, writer });
  });

  test.each([
    'web',
    '.seccomp',
    '.new',
    '.new.',
    '.new.web',
    '.new.web.1',
    '.new..1.2',
    '.new.-x.1.2',
    '.new.web.1.x',
    '.new.web.1.2.',
    '.old.web.1.2',
    '.new.a/b.1.2',
  ])('is no other: "%s"', (name) => {
    expect(parseUnborn(name)).toBeNull();
  });
});
