// ociVersion: config.md, "Specification version".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';

/** The runtime-spec that the schema and the checks follow. */
const SUPPORTED = { major: 1, minor: 3 };

/** A SemVer version of the one major line this runtime knows: another one may change what every field means. */
export function checkVersion(spec: Spec): SpecProblem[] {
  const version = parseVersion(spec.ociVersion);
  if (version === null) {
    return [
      {
        path: 'ociVersion',
        message: `found ${JSON.stringify(spec.ociVersion)}, must be a SemVer version such as "1.3.0"`,
      },
    ];
  }
  if (version.major !== SUPPORTED.major) {
    return [{ path: 'ociVersion', message: `found "${spec.ociVersion}", must be a version 1` }];
  }
  return [];
}

/** Newer minor versions only add properties, and a runtime ignores those it does not know. */
export function warnVersion(spec: Spec): SpecProblem[] {
  const version = parseVersion(spec.ociVersion);
  if (version === null || version.minor <= SUPPORTED.minor) {
    return [];
  }
  return [{ path: 'ociVersion', message: `"${spec.ociVersion}" is newer than 1.3, properties it adds are ignored` }];
}

/** semver.org, items 2, 9 and 10; only the two numbers that matter are taken. */
function parseVersion(text: string): { major: number; minor: number } | null {
  // What nearly every config.json says; to compile the expression for it costs more than all of this.
  if (text === '1.0.2' || text === '1.1.0' || text === '1.2.0' || text === '1.2.1' || text === '1.3.0') {
    return { major: 1, minor: Number(text.charAt(2)) };
  }
  const found =
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.exec(
      text,
    );
  return found === null ? null : { major: Number(found[1]), minor: Number(found[2]) };
}
