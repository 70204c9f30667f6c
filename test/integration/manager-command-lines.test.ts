// The command lines of managers, word for word: what go-runc (containerd, Docker), conmon (podman, CRI-O), podman, CRI-O and buildah call.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { TSRUN } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun, type Outcome, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** One container from create to delete, called with other words in front and behind. */
class Manager {
  readonly tsrun: Tsrun = newTsrun();
  readonly id = this.tsrun.newId();
  readonly directory = makeTemporary();
  readonly bundle = makeBundle({ args: ['/probe', 'exit-on-signal'] }).path;
  readonly pidFile = join(this.directory, 'pid');
  readonly log = join(this.directory, 'log.json');

  readonly globals: (manager: Manager) => readonly string[];

  constructor(globals: (manager: Manager) => readonly string[]) {
    this.globals = globals;
  }

  /** Runs the words as they are; nothing may be written to standard error. */
  call(words: readonly string[], input?: string): Outcome {
    const outcome = this.tsrun.execute(TSRUN, [...this.globals(this), ...words], input === undefined ? {} : { input });
    expect({ words, status: outcome.status, stderr: outcome.stderr }).toEqual({ words, status: 0, stderr: '' });
    return outcome;
  }

  async stopped(): Promise<void> {
    await waitFor('the end', () => this.tsrun.state(this.id)?.status === 'stopped');
  }
}

const goRunc = ({ tsrun, log }: Manager) => ['--root', tsrun.root, '--log', log, '--log-format', 'json'];

describe('go-runc, as containerd and Docker call it', () => {
  test('goes from create to delete', async () => {
    const manager = new Manager(goRunc);
    const { id, bundle, pidFile } = manager;
    manager.call(['create', '--bundle', bundle, '--pid-file', pidFile, id]);
    manager.call(['start', id]);
    expect(JSON.parse(manager.call(['state', id]).stdout)).toMatchObject({ id, status: 'running' });
    expect(readFileSync(pidFile, 'utf8')).toBe(String(manager.tsrun.state(id)?.pid));
    expect(JSON.parse(manager.call(['list', '--format=json']).stdout)).toHaveLength(1);
    expect(JSON.parse(manager.call(['ps', '--format', 'json', id]).stdout)).toHaveLength(1);
    expect(manager.call(['ps', '--format', 'table', id, '-o', 'pid,comm']).stdout).toContain('probe');
    expect(JSON.parse(manager.call(['events', '--stats', id]).stdout)).toMatchObject({ type: 'stats', id });
    manager.call(['pause', id]);
    manager.call(['resume', id]);
    manager.call(['update', '--resources', '-', id], '{}');
    manager.call(['kill', id, '15']);
    await manager.stopped();
    manager.call(['delete', id]);
    expect(manager.tsrun.leftovers()).toEqual([]);
  });

  test('goes on with every flag of create, kills all and deletes by force', async () => {
    const manager = new Manager((self) => [...goRunc(self), '--debug', '--systemd-cgroup=false', '--rootless=false']);
    const { id, bundle, pidFile } = manager;
    const flags = ['--no-pivot', '--no-new-keyring', '--preserve-fds', '0'];
    manager.call(['create', '--bundle', bundle, '--pid-file', pidFile, ...flags, id]);
    manager.call(['start', id]);
    manager.call(['kill', '--all', id, '9']);
    await manager.stopped();
    manager.call(['delete', '--force', id]);
    manager.call(['delete', '--force', id]);
  });

  test('executes a process from a document', async () => {
    const manager = new Manager(goRunc);
    const { id, bundle, pidFile, directory } = manager;
    const document = join(directory, 'runc-process1');
    writeFileSync(document, JSON.stringify({ args: ['/probe', 'sleep', '3600'], cwd: '/', user: { uid: 0, gid: 0 } }));
    manager.call(['create', '--bundle', bundle, '--pid-file', join(directory, 'init.pid'), id]);
    manager.call(['start', id]);
    manager.call(['exec', '--process', document, '--detach', '--pid-file', pidFile, id]);
    expect(JSON.parse(manager.call(['ps', '--format', 'json', id]).stdout)).toContain(Number(readFileSync(pidFile)));
    manager.call(['exec', '--process', document, '--detach', '--pid-file', pidFile, '--preserve-fds', '0', id]);
    manager.call(['kill', '--all', id, '9']);
    await manager.stopped();
    manager.call(['delete', id]);
  });

  test('runs detached', () => {
    const manager = new Manager((self) => [...goRunc(self), '--criu', '/usr/sbin/criu', '--rootless=true']);
    manager.call(['run', '--bundle', manager.bundle, '--pid-file', manager.pidFile, '--detach', manager.id]);
    manager.call(['delete', '--force', manager.id]);
  });

  test('reads the version', () => {
    const manager = new Manager(goRunc);
    const lines = manager.call(['--version']).stdout.trim().split('\n');
    const separators = ['version ', ': ', ': '];
    expect(lines).toHaveLength(separators.length);
    const parts = lines.map((line, index) => line.split(separators[index] ?? ''));
    expect(parts.map(([, value]) => value)).toEqual([
      expect.stringMatching(/^\d+\.\d+\.\d+$/),
      expect.stringMatching(/^\S+$/),
      '1.3.0',
    ]);
    expect(parts.every(({ length }) => length === 2)).toBe(true);
  });

  test('reads the features', () => {
    expect(JSON.parse(new Manager(goRunc).call(['features']).stdout)).toHaveProperty('linux.mountExtensions.idmap');
  });
});

describe('conmon, podman and CRI-O', () => {
  test('go from create to delete', async () => {
    const log = (self: Manager) => ['--log-format=json', `--log=${self.log}`];
    const manager = new Manager((self) => [`--root=${self.tsrun.root}`, ...log(self)]);
    const { id, bundle, pidFile } = manager;
    manager.call(['create', '--bundle', bundle, '--pid-file', pidFile, '--no-pivot', '--no-new-keyring', id]);
    manager.call(['start', id]);
    manager.call(['state', id]);
    manager.call(['kill', id, '15']);
    await manager.stopped();
    manager.call(['delete', '--force', id]);
  });

  test('execute a process from a document, with the flags in the order of conmon', () => {
    const manager = new Manager((self) => [`--root=${self.tsrun.root}`, '--log-format=json', `--log=${self.log}`]);
    const { id, bundle, pidFile, directory } = manager;
    const document = join(directory, 'exec-process-1');
    writeFileSync(document, JSON.stringify({ args: ['/probe', 'true'], cwd: '/', env: ['PATH=/'] }));
    manager.call(['run', '-d', '--bundle', bundle, id]);
    manager.call(['exec', '--pid-file', pidFile, '--process', document, '--detach', '--preserve-fds', '0', id]);
    manager.call([
      'exec',
      '--cwd',
      '/',
      '--env',
      'A=1',
      '-e',
      'B=2',
      '-u',
      '0:0',
      '--no-subreaper',
      id,
      '/probe',
      'true',
    ]);
  });

  test('update from a file', () => {
    const manager = new Manager(({ tsrun }) => ['--root', tsrun.root]);
    const file = join(manager.directory, 'resources.json');
    writeFileSync(file, '{}');
    manager.call(['create', '--bundle', manager.bundle, '--pid-file', manager.pidFile, manager.id]);
    manager.call(['update', '--resources', file, manager.id]);
    manager.call(['update', `--resources=${file}`, manager.id]);
  });

  // crutils.CRRuntimeSupportsCheckpointRestore() of podman asks for help, and takes success for a yes.
  for (const verb of ['checkpoint', 'restore']) {
    test(`learn from ${verb} --help that there are no checkpoints`, () => {
      const { status, stdout, stderr } = newTsrun().execute(TSRUN, [verb, '--help']);
      expect({ status, stdout, stderr }).toEqual({
        status: 1,
        stdout: '',
        stderr: `tsrun: cannot ${verb} a container: this version of tsrun has no checkpoints\nhint: delete the container, and create it anew\n`,
      });
    });
  }
});

test('buildah goes from create to delete', async () => {
  const manager = new Manager(({ tsrun }) => ['--root', tsrun.root]);
  const { id, bundle, pidFile } = manager;
  manager.call(['create', '--bundle', bundle, '--pid-file', pidFile, id]);
  manager.call(['start', id]);
  manager.call(['kill', id, 'SIGKILL']);
  await manager.stopped();
  manager.call(['delete', id]);
});

describe('the syntax of flags is that of runc', () => {
  // Go's flag package, below runc: one dash or two, a value behind "=" or in the next word, short names with either.
  for (const words of [
    ['-root', 'ROOT', 'list', '-format', 'json'],
    ['-root=ROOT', '-debug=false', 'list', '-f=json'],
    ['--root=ROOT', '--debug=0', '--systemd-cgroup=F', 'list', '--f', 'json'],
    ['--root', 'ROOT', '-log=/dev/null', '-log-format=json', 'list', '--format=json', '--quiet=false', '-q=0'],
    ['--debug', '--root', 'first', '--root', 'ROOT', 'list', '-f', 'table', '-f', 'json'],
  ]) {
    test(words.join(' '), () => {
      const tsrun = newTsrun();
      tsrun.must(['create', '-b', makeBundle().path, tsrun.newId()]);
      const { status, stdout, stderr } = tsrun.execute(
        TSRUN,
        words.map((word) => word.replace('ROOT', tsrun.root)),
      );
      expect({ status, stderr, count: stdout && JSON.parse(stdout).length }).toEqual({
        status: 0,
        stderr: '',
        count: 1,
      });
    });
  }

  for (const words of [['-preserve-fds', '1'], ['-preserve-fds=1'], ['--preserve-fds=1']]) {
    test(`${words.join(' ')} is heard by the front too, which closes what is not preserved`, () => {
      const tsrun = newTsrun();
      const bundle = makeBundle({ args: ['/probe', 'readlink', '/proc/self/fd/3'] });
      const { stdout } = tsrun.callFrom('exec "$@" 3</dev/null', ['run', ...words, '-b', bundle.path, tsrun.newId()]);
      expect(stdout).toBe('/dev/null\n');
    });
  }

  test('a value that a switch cannot have is a mistake', () => {
    const { stderr } = newTsrun().execute(TSRUN, ['-root', '/absent', 'list', '-quiet=maybe']);
    expect(stderr).toMatch(/^tsrun: incorrect usage: .*--quiet=maybe/);
  });
});

describe('checkpoint and restore', () => {
  const checkpoint = [
    ...['--image-path', '/i', '--work-path', '/w', '--parent-path', '/p', '--tcp-established', '--ext-unix-sk'],
    ...['--shell-job', '--lazy-pages', '--status-fd', '3', '--page-server', '1.2.3.4:5', '--file-locks', '--pre-dump'],
    ...['--manage-cgroups-mode', 'soft', '--empty-ns', 'network', '--auto-dedup', '--leave-running'],
    ...['--network-lock', 'skip', '--tcp-skip-in-flight', '--link-remap'],
  ];
  const restore = [
    ...['--image-path', '/i', '--work-path', '/w', '--console-socket', '/c', '--detach', '--pid-file', '/p'],
    ...[
      '--tcp-established',
      '--ext-unix-sk',
      '--shell-job',
      '--file-locks',
      '--manage-cgroups-mode',
      'full',
      '-no-subreaper',
    ],
    ...[
      '--no-pivot',
      '--empty-ns',
      'network',
      '--auto-dedup',
      '--lazy-pages',
      '--lsm-profile',
      'x',
      '--lsm-mount-context',
      'y',
    ],
    ...['--tcp-close', '--network-lock', 'skip', '--bundle', '/b'],
  ];
  for (const [verb, flags] of [
    ['checkpoint', checkpoint],
    ['restore', restore],
  ] as const) {
    test(`${verb} with all of its flags is answered by one line, and the container stays`, () => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      const log = join(makeTemporary(), 'log');
      tsrun.must(['create', '-b', makeBundle().path, id]);
      const { status, stdout, stderr } = tsrun.call(['--log', log, '--log-format', 'json', verb, ...flags, id]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^tsrun: cannot ${verb} a container: [^\n]*\nhint: [^\n]*\n$`));
      expect(JSON.parse(readFileSync(log, 'utf8'))).toMatchObject({ level: 'error', code: 'SPEC_UNSUPPORTED' });
      expect(tsrun.state(id)?.status).toBe('created');
    });
  }
});
