// config.md, "Annotations", "Extensibility" and "Valid values".
import { describe, expect } from 'vitest';
import { create, expectRefused, report } from '../container.js';
import { shows } from '../shows.js';

describe('config.md, Annotations', () => {
  for (const [title, annotations] of [
    ['a list', ['a']],
    ['a text', 'a'],
  ] as const) {
    shows(['annotations-map'], `annotations that are ${title} are an error`, () => {
      expectRefused((spec) => Object.assign(spec, { annotations }));
    });
  }

  shows(['annotations-empty-key'], 'an empty key is an error', () => {
    expectRefused((spec) => Object.assign(spec, { annotations: { '': 'value' } }));
  });

  shows(['annotations-values'], 'a value that is no string is an error', () => {
    expectRefused((spec) => Object.assign(spec, { annotations: { 'org.example': 1 } }));
  });

  shows(
    ['annotations-unknown', 'annotations-map'],
    'keys that nobody knows are kept in the state, and do nothing',
    () => {
      const annotations = { 'com.example.gpu-cores': '2', 'org.opencontainers.unheard-of': '', nonsense: 'x' };
      const { state } = create({ mutate: (spec) => Object.assign(spec, { annotations }) });
      expect(state().annotations).toMatchObject(annotations);
    },
  );
});

describe('config.md, Extensibility', () => {
  const PLACES = [
    ['the document', ''],
    ['process', 'process'],
    ['process.user', 'process.user'],
    ['root', 'root'],
    ['linux', 'linux'],
    ['linux.resources', 'linux.resources'],
  ] as const;

  for (const [name, place] of PLACES) {
    shows(['extensibility-unknown'], `an unknown property in ${name} is ignored`, () => {
      const found = report((spec) => {
        spec.linux.resources ??= {};
        const keys = place.split('.').filter((key) => key !== '');
        const parent = keys.reduce<Record<string, unknown>>(
          (object, key) => object[key] as Record<string, unknown>,
          spec as unknown as Record<string, unknown>,
        );
        parent['unheard-of'] = { value: [1, 'two', null] };
      });
      expect(found.pid).toBe(1);
    });
  }
});

describe('config.md, Valid values', () => {
  const INVALID: readonly (readonly [string, string, string, unknown])[] = [
    ['process', 'terminal', 'a text', 'yes'],
    ['process', 'args', 'a text', 'sh'],
    ['process', 'env', 'a list of numbers', [1]],
    ['root', 'readonly', 'a text', 'yes'],
    ['linux', 'namespaces', 'an object', {}],
    ['linux', 'namespaces', 'a type that does not exist', [{ type: 'nosuch' }]],
    ['linux', 'maskedPaths', 'a text', '/proc/kcore'],
    ['linux', 'rootfsPropagation', 'a word that means nothing', 'sideways'],
  ];

  for (const [place, key, what, value] of INVALID) {
    shows(['values-invalid'], `${place}.${key} of ${what} is an error`, () => {
      expectRefused((spec) => {
        Object.assign(spec[place as 'process' | 'root' | 'linux'], { [key]: value });
      });
    });
  }
});
