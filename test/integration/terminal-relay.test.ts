// What goes between a container's terminal and tsrun's caller: all of it, at the pace of whoever is slower, and what happens when one side goes.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isAlive } from '../support/host.js';
import { makeTemporary } from '../support/temporary.js';
import { runScriptOnTerminal } from '../support/terminal.js';
import { childOf, makeTerminalBundle, runContainerOnTerminal as run } from '../support/terminal-container.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const MIB = 1 << 20;

describe('the relay', () => {
  test('brings all that the program writes, to the last byte', async () => {
    const running = await run(['give', String(MIB)]);
    expect(await running.ended).toMatchObject({ status: 0 });
    expect(running.bytes().equals(Buffer.from(Array.from({ length: MIB }, (_, index) => index % 251)))).toBe(true);
  });

  test('brings all that is typed, to the last byte', async () => {
    const bytes = Buffer.from(Array.from({ length: MIB }, (_, index) => (index * 7) % 256));
    const path = join(makeTemporary(), 'typed');
    writeFileSync(path, bytes);
    const running = await run(['take', String(MIB)]);
    await running.sees('ready');
    running.typeFile(path);
    expect(await running.ended).toMatchObject({ status: 0, shown: `ready\nhash ${hashOf(bytes)}\n` });
  });

  test('waits for a reader that has stopped, and forwards signals meanwhile', async () => {
    const running = await run(['flood']);
    await running.sees('flood');
    running.stop();
    const pid = running.tsrun.state(running.id)?.pid ?? 0;
    await waitFor('a program that waits', () => readFileSync(`/proc/${pid}/wchan`, 'utf8') !== '0');
    process.kill(running.pid, 'SIGTERM');
    await waitFor('the end of the program', () => !isAlive(pid));
    running.resume();
    expect(await running.ended).toMatchObject({ status: 143, modes: 'as opened' });
  });

  test('ends when a signal ends it, though nobody reads the rest', async () => {
    const running = await run(['give', String(1024 * MIB)]);
    await waitFor('output', () => running.bytes().length > 0);
    running.stop();
    const pid = running.tsrun.state(running.id)?.pid ?? 0;
    running.tsrun.must(['kill', running.id, 'KILL']);
    await waitFor('the end of the program', () => !isAlive(pid));
    process.kill(running.pid, 'SIGTERM');
    await waitFor('the end of tsrun', () => !isAlive(running.pid));
    running.resume();
    expect(await running.ended).toMatchObject({ status: 137, modes: 'as opened' });
    expect(running.tsrun.leftovers()).toEqual([]);
  });

  test('goes on at the end of standard input', () => {
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['exit-on-signal']);
    const script = `"$@" </dev/null & sleep 0.5; kill -TERM $!; wait $!`;
    expect(tsrun.callFrom(script, ['run', '--bundle', bundle.path, tsrun.newId()]).status).toBe(143);
  });

  test('takes what is typed from a pipe', () => {
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['take', '6']);
    const script = '(sleep 0.5; printf "a\\nb\\003c\\n") | "$@"';
    const { status, stdout } = tsrun.callFrom(script, ['run', '--bundle', bundle.path, tsrun.newId()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `ready\nhash ${hashOf(Buffer.from('a\nb\x03c\n'))}\n` });
  });

  test('uses no processor time while nothing happens', async () => {
    const running = await run(['sleep', '3600']);
    await waitFor('the program', () => running.tsrun.state(running.id)?.status === 'running');
    const ticks = () => {
      const fields = readFileSync(`/proc/${running.pid}/stat`, 'utf8').split(' ');
      return Number(fields[13]) + Number(fields[14]);
    };
    const before = ticks();
    await setTimeout(500);
    // Of the 50 that there are in half a second.
    expect(ticks() - before).toBeLessThan(5);
  });

  test('leaves the files of its caller as they are: none gets O_NONBLOCK', async () => {
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['terminal']);
    const script = '"$@"; for fd in 0 1 2; do grep flags /proc/self/fdinfo/$fd; done';
    const running = await runScriptOnTerminal(script, tsrun, ['run', '--bundle', bundle.path, tsrun.newId()]);
    const flags = [...(await running.ended).shown.matchAll(/flags:\s+(\d+)/g)].map(([, octal = '']) =>
      Number.parseInt(octal, 8),
    );
    expect(flags.map((value) => value & 0o4000)).toEqual([0, 0, 0]);
  });

  test('shows what is written after nobody had the terminal open for a while', async () => {
    expect(await (await run(['reopen'])).ended).toMatchObject({ status: 0, shown: 'again\r\n' });
  });

  test('drops what nobody can read any more, and the program goes on', () => {
    const tsrun = newTsrun();
    const bundle = makeTerminalBundle(['give', String(MIB)]);
    const script = '{ "$@"; echo "status $?" >&2; } | true';
    const { stderr } = tsrun.callFrom(script, ['run', '--bundle', bundle.path, tsrun.newId()]);
    expect(stderr).toBe('status 0\n');
  });
});

describe("when tsrun's own terminal goes away", () => {
  test("the container's does as well, and the container is removed when its program has ended", async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeTerminalBundle(['note-hang-up', '/hung-up']);
    const note = join(makeTemporary(), 'status');
    // The shell keeps SIGHUP from tsrun: what the program gets comes from its own terminal.
    const script = `trap "" HUP; "$@"; echo $? >${note}`;
    const running = await runScriptOnTerminal(script, tsrun, ['run', '--bundle', bundle.path, id]);
    await running.sees('ready');
    await running.hangUp();
    await waitFor('the status of tsrun', () => existsSync(note) && readFileSync(note, 'utf8') !== '');
    expect(readFileSync(note, 'utf8')).toBe('23\n');
    expect(existsSync(join(bundle.rootfs, 'hung-up'))).toBe(true);
    expect({ left: tsrun.leftovers(), cgroup: hasCgroup(id) }).toEqual({ left: [], cgroup: false });
  });

  test('a program that does not mind goes on, and is waited for', async () => {
    const { tsrun, id, ...running } = await run(['family', '1']);
    await running.sees('ready');
    await running.hangUp();
    expect(tsrun.state(id)?.status).toBe('running');
    expect(isAlive(running.pid)).toBe(true);
    tsrun.must(['kill', id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 137 });
    expect({ left: tsrun.leftovers(), cgroup: hasCgroup(id) }).toEqual({ left: [], cgroup: false });
  });
});

test('while a terminal is relayed less than 1 MiB of memory is in use, and no engine is there', async () => {
  const running = await run(['size']);
  await running.sees('size');
  const status = readFileSync(`/proc/${running.pid}/status`, 'utf8');
  expect(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])).toBeLessThan(1024);
  const init = running.tsrun.state(running.id)?.pid;
  expect(childOf(running.pid)).toBe(init);
  running.type('\r');
  await running.ended;
});

/** FNV-1a, as the probe's. */
function hashOf(bytes: Buffer): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 16777619) >>> 0, 2166136261);
}
