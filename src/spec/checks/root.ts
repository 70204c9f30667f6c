// root and linux.rootfsPropagation: config.md, "Root"; config-linux.md, "Rootfs Mount Propagation".

import type { SpecProblem } from '../../base/errors.js';
import type { Spec } from '../types.js';

/** On Linux root is required. The r-words are not in the specification, but Docker writes them and every runtime takes them. */
export function checkRoot(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (spec.root === undefined) {
    problems.push({ path: 'root', message: 'found nothing, must be set' });
  } else if (spec.root.path === '') {
    problems.push({ path: 'root.path', message: 'found "", must be the path of a directory' });
  }
  const propagation = spec.linux?.rootfsPropagation ?? '';
  if (propagation !== '' && !/^r?(?:private|shared|slave|unbindable)$/.test(propagation)) {
    const message = `found ${JSON.stringify(propagation)}, must be one of "private", "shared", "slave", "unbindable", or one of them after "r"`;
    problems.push({ path: 'linux.rootfsPropagation', message });
  }
  return problems;
}
