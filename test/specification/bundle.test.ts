// bundle.md: where config.json is.
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { newTsrun } from '../support/tsrun.js';
import { bundleOf } from './container.js';
import { shows } from './shows.js';

describe('bundle.md', () => {
  for (const [title, move] of [
    ['with another name', (path: string) => renameSync(join(path, 'config.json'), join(path, 'spec.json'))],
    ['below its root', (path: string) => moveBelow(path)],
  ] as const) {
    shows(['bundle-config'], `a bundle with a configuration file ${title} is an error`, () => {
      const runtime = newTsrun();
      const id = runtime.newId();
      const { path } = bundleOf();
      move(path);
      expect(runtime.call(['create', '--bundle', path, id]).status).not.toBe(0);
      expect(runtime.state(id)).toBeNull();
    });
  }
});

function moveBelow(path: string): void {
  mkdirSync(join(path, 'below'));
  renameSync(join(path, 'config.json'), join(path, 'below', 'config.json'));
}
