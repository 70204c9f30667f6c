// Compiles the TypeScript into one executable. Every door through which the surroundings could reach it is shut here or in c/front.c.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const git = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root, encoding: 'utf8' });
const commit = git.status === 0 ? git.stdout.trim() : 'unknown';

// That which the helper is linked with (c/Makefile).
const header = readFileSync('/usr/include/seccomp.h', 'utf8');
const libseccomp = ['MAJOR', 'MINOR', 'MICRO']
  .map((part) => new RegExp(`^#define SCMP_VER_${part}\\s+(\\d+)$`, 'm').exec(header)?.[1])
  .join('.');

mkdirSync(join(root, 'bin'), { recursive: true });
execFileSync(
  join(root, 'node_modules/.bin/bun'),
  [
    'build',
    'src/cli/engine.ts',
    '--compile',
    '--bytecode',
    '--minify',
    '--format=esm',
    '--splitting',
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--no-compile-autoload-tsconfig',
    '--no-compile-autoload-package-json',
    `--define=TSRUN_COMMIT=${JSON.stringify(commit)}`,
    `--define=TSRUN_LIBSECCOMP=${JSON.stringify(libseccomp)}`,
    '--outfile=bin/tsrun-engine.new',
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
);
// By rename: a command that runs meanwhile keeps the engine it has.
renameSync(join(root, 'bin/tsrun-engine.new'), join(root, 'bin/tsrun-engine'));
