// Paths of the container as text: where one leads if no symlink is in the way. Symlinks are the helper's concern.

/** The path from the root with `.`, `..` and empty components worked out; `..` stops at the root, as it does for the kernel. */
export function cleanPath(path: string): string {
  if (path.length > 1 && path.startsWith('/') && !path.includes('/.') && !path.includes('//') && !path.endsWith('/')) {
    return path;
  }
  const kept: string[] = [];
  for (const component of path.split('/')) {
    if (component === '..') {
      kept.pop();
    } else if (component !== '' && component !== '.') {
      kept.push(component);
    }
  }
  return `/${kept.join('/')}`;
}
