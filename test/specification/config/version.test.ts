// config.md, "Specification version".
import { describe, expect } from 'vitest';
import { expectRefused, report } from '../container.js';
import { shows } from '../shows.js';

describe('config.md, Specification version', () => {
  for (const version of ['1.0.0', '1.0.2', '1.0.2-dev']) {
    shows(['version-semver'], `${version} is a version`, () => {
      expect(report((spec) => Object.assign(spec, { ociVersion: version })).pid).toBe(1);
    });
  }

  for (const version of ['', 'latest', '1.0']) {
    shows(['version-semver'], `${JSON.stringify(version)} is an error`, () => {
      expectRefused((spec) => Object.assign(spec, { ociVersion: version }));
    });
  }

  shows(['version-semver'], 'no version at all is an error', () => {
    expectRefused((spec) => {
      delete (spec as { ociVersion?: string }).ociVersion;
    });
  });
});
