// linux.namespaces as a question: does the container have one of its own?

import type { Namespace, NamespaceType, Spec } from './types.js';

/** The entry of that type, new or joined; undefined: the container shares the runtime's. */
export function findNamespace(spec: Spec, type: NamespaceType): Namespace | undefined {
  const namespaces = spec.linux?.namespaces ?? [];
  for (let index = 0; index < namespaces.length; index += 1) {
    if (namespaces[index]?.type === type) {
      return namespaces[index];
    }
  }
  return undefined;
}
