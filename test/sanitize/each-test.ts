// Of every test of the ring of sanitizers (vitest's setupFiles): it fails if they have reported something meanwhile, whatever it expected.
import { basename } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { EXCEPTIONS } from './exceptions.js';
import { readReports } from './reports.js';

let known = '';

beforeEach(({ task, skip }) => {
  known = readReports();
  const file = basename(task.file.name, '.test.ts');
  const exception = EXCEPTIONS.find(
    (one) => one.file === file && (one.title === undefined || one.title.test(task.name)),
  );
  if (exception !== undefined) skip(`cannot be shown with sanitizers: ${exception.why}`);
});

afterEach(() => {
  const found = readReports().slice(known.length);
  known += found;
  if (found !== '') throw new Error(`the sanitizers have reported:\n${found}`);
});
