// How a place in a JSON document is written in messages: `mounts[1].options[0]`, `annotations["a.b"]`.

/** The path of `key` in the object or array at `parent`; '' is the whole document. */
export function joinPath(parent: string, key: string | number): string {
  if (typeof key === 'number') {
    return `${parent}[${key}]`;
  }
  if (!/^[A-Za-z_][\w-]*$/.test(key)) {
    return `${parent}[${JSON.stringify(key)}]`;
  }
  return parent === '' ? key : `${parent}.${key}`;
}
