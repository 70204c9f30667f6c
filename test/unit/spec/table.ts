// One check as a table: what is changed in a good config.json, and all the problems that must come of it.

import { describe, expect, it } from 'vitest';
import { goodConfig, type Json, problemsOf } from './parsing.js';

export type Row = readonly [change: Json, ...problems: string[]];

export function table(name: string, rows: readonly Row[]): void {
  describe(`${name}()`, () => {
    it.each(rows.map(([change, ...problems]) => ({ change, problems })))(
      'on $change finds $problems',
      ({ change, problems }) => {
        expect(problemsOf(change)).toEqual(problems);
      },
    );
  });
}

export const NAMESPACES = goodConfig().linux.namespaces as Json[];
export const withUser = (linux: Json, path?: string): Json => ({
  ...linux,
  namespaces: [...NAMESPACES, path === undefined ? { type: 'user' } : { type: 'user', path }],
});
export const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });
export const mount = (destination: string, type: string, source: string, ...options: string[]) => ({
  mounts: [{ destination, type, source, options }],
});
