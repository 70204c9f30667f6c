// Whether what a container may do holds for itself only.

import { findNamespace } from '../../spec/namespaces.js';
import type { Spec } from '../../spec/types.js';

/** True if the container is in another user namespace than the host, new or joined. */
export function hasOwnUserNamespace(spec: Spec): boolean {
  const namespace = findNamespace(spec, 'user');
  return namespace !== undefined && !isOfHost(namespace.path);
}

/** The namespaces of PID 1 and of the runtime itself are the host's. */
export function isOfHost(path: string | undefined): boolean {
  return path !== undefined && /^\/proc\/(?:1|self|thread-self)\/ns\//.test(path);
}
