// Annotations org.systemd.property.NAME: further properties of the container's scope. The names and forms are runc's, docs/systemd.md.

import type { SpecProblem } from '../../base/errors.js';
import { joinPath } from '../../spec/json-path.js';
import { parseGvariant, type TypedValue } from './gvariant.js';
import { INFINITY, type Property } from './property.js';

export const ANNOTATION_PREFIX = 'org.systemd.property.';

const PATH = 'the cgroup is where linux.cgroupsPath says';
const DELEGATION = 'the container needs its cgroup delegated whole';

/** What would take from under tsrun what it relies on. Everything else is between the author of config.json and systemd. */
const REFUSED: Readonly<Record<string, string>> = {
  // The placeholder is the one process that systemd moves: any other would be a foreign one, killed when the container is removed.
  PIDs: 'only the container itself can be in its scope',
  PIDFDs: 'only the container itself can be in its scope',
  // Plan, state and teardown name the cgroup by its path: a scope elsewhere would never be found.
  Slice: PATH,
  DelegateSubgroup: PATH,
  // In a cgroup that is not delegated systemd moves processes and removes cgroups as it likes, and controllers that are left out have no files.
  Delegate: DELEGATION,
  DelegateControllers: DELEGATION,
};

export interface AnnotatedProperties {
  readonly properties: readonly Property[];
  readonly problems: readonly SpecProblem[];
}

/**
 * The properties that these annotations ask for, in their order. A value is GVariant text: `'text'`, `true`, `5` (int32), `uint64 5`, `@t 5`,
 * `['a', 'b']`. NAMESec, the name in unit files, is NAMEUSec in the D-Bus API: its seconds, of any number type, become microseconds.
 */
export function parseAnnotations(annotations: Readonly<Record<string, string>> | undefined): AnnotatedProperties {
  const properties = new Map<string, Property>();
  const problems: SpecProblem[] = [];
  for (const [key, text] of Object.entries(annotations ?? {})) {
    if (!key.startsWith(ANNOTATION_PREFIX)) {
      continue;
    }
    const found = parseProperty(key.slice(ANNOTATION_PREFIX.length), text);
    if (typeof found !== 'string' && !properties.has(found.name)) {
      properties.set(found.name, found);
      continue;
    }
    const message = typeof found === 'string' ? found : `sets ${found.name}, which another annotation sets, too`;
    problems.push({ path: joinPath('annotations', key), message });
  }
  return { properties: [...properties.values()], problems };
}

/** The property, or what is wrong. */
function parseProperty(name: string, text: string): Property | string {
  if (!/^[A-Za-z]{3,}$/.test(name)) {
    return "must end in a property's name, at least three letters";
  }
  if (Object.hasOwn(REFUSED, name)) {
    return `cannot be set: ${REFUSED[name]}`;
  }
  const value = parseGvariant(text);
  if (typeof value === 'string') {
    return `found ${JSON.stringify(text)}, must be GVariant text: ${value}`;
  }
  if (/[a-z]Sec$/.test(name)) {
    const microseconds = readSeconds(value);
    return microseconds === null
      ? `found ${JSON.stringify(text)}, must be a number of seconds`
      : { name: name.replace(/Sec$/, 'USec'), signature: 't', values: [String(microseconds)] };
  }
  const { signature, items } = value;
  return { name, signature, values: signature.startsWith('a') ? [String(items.length), ...items] : items };
}

function readSeconds({ signature, items }: TypedValue): bigint | null {
  const text = items[0] ?? '';
  if (signature === 'd') {
    const microseconds = Math.round(Number(text) * 1_000_000);
    return microseconds >= 0 && microseconds <= Number.MAX_SAFE_INTEGER ? BigInt(microseconds) : null;
  }
  const microseconds = 'ynqiuxt'.includes(signature) ? BigInt(text) * 1_000_000n : -1n;
  return microseconds >= 0n && microseconds < INFINITY ? microseconds : null;
}
