// The properties of a container's scope: what tsrun needs of systemd, what the annotations ask for, and the limits.

import type { SpecProblem } from '../../base/errors.js';
import { joinPath } from '../../spec/json-path.js';
import type { CgroupSetting } from '../resources/settings.js';
import { ANNOTATION_PREFIX } from './annotations.js';
import { booleanProperty, type Property, stringProperty } from './property.js';
import { type ResourceProperties, resourceProperties } from './resource-properties.js';

export interface ScopeRequest {
  readonly id: string;
  /** The slice's full name, of parseScope(). */
  readonly slice: string;
  /** What is written to the files of the cgroup. */
  readonly settings: readonly CgroupSetting[];
  /** Of parseAnnotations(). */
  readonly annotated: readonly Property[];
}

/**
 * Everything but PIDs, which startCall() adds. An annotation replaces what tsrun would say itself; where it and linux.resources limit the same
 * thing, that is a problem. No property is for devices: DevicePolicy=auto, systemd's default, makes systemd attach no program to the scope, and
 * so none is removed beside the one that the plan loads, at no reload and no change (seen with 252).
 */
export function scopeProperties({ id, slice, settings, annotated }: ScopeRequest): ResourceProperties {
  const { properties: limits, problems: invalid } = resourceProperties(settings);
  const problems: SpecProblem[] = [...invalid];
  const properties = new Map(baseProperties(id, slice).map((property) => [property.name, property]));
  for (const property of annotated) {
    properties.set(property.name, property);
  }
  for (const limit of limits) {
    if (annotated.some(({ name }) => name === limit.name)) {
      const path = joinPath('annotations', `${ANNOTATION_PREFIX}${limit.name}`);
      problems.push({ path, message: 'linux.resources sets the same limit, must be set once' });
    }
    properties.set(limit.name, limit);
  }
  return { properties: [...properties.values()], problems };
}

function baseProperties(id: string, slice: string): Property[] {
  return [
    stringProperty('Description', `tsrun container ${id}`),
    stringProperty('Slice', slice),
    // systemd keeps out of the cgroups below, and its owner may make some.
    booleanProperty('Delegate', true),
    // No order against shutdown.target: who manages containers stops them, in an order of his own.
    booleanProperty('DefaultDependencies', false),
    // A scope whose placeholder was killed before it had begun is failed, and nobody is left who would have systemd forget it.
    stringProperty('CollectMode', 'inactive-or-failed'),
    // Each turns its controller on for the scope, whether or not there is a limit: statistics need them, and `update` may set a limit later.
    booleanProperty('CPUAccounting', true),
    booleanProperty('MemoryAccounting', true),
    booleanProperty('IOAccounting', true),
    booleanProperty('TasksAccounting', true),
  ];
}
