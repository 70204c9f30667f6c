// Relative paths as text; ../spec/lexical-path.ts cleans paths. Nothing here looks at a file system.

/** The path itself if it is absolute, otherwise the path below `base`. */
export function resolvePath(base: string, path: string): string {
  if (path.startsWith('/')) {
    return path;
  }
  return base.endsWith('/') ? `${base}${path}` : `${base}/${path}`;
}
