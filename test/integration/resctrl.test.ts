// linux.intelRdt from the plan on, in a stand-in for resctrl.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runHelper } from '../../src/host/helper.js';
import { startHost } from '../support/exec.js';
import { createIn, marksOf, mountResctrl, prepareIn } from '../support/resctrl.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';

const FULL = '    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n';

const pidOf = (tsrun: Tsrun, id: string) => tsrun.state(id)?.pid ?? 0;

/** The message of the error, and its hint. */
async function failureOf(attempt: Promise<unknown>): Promise<string> {
  const error = (await attempt.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )) as Error & { hint?: string };
  return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
}

describe('a container with linux.intelRdt', () => {
  test('has a class of its own with its schemata, and its processes are in it', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    const id = await createIn(resctrl, tsrun, {
      l3CacheSchema: 'L3:0=7f0;1=1f',
      memBwSchema: 'MB:0=20',
      schemata: ['MB:1=70'],
    });
    expect(resctrl.read(`${id}/schemata`)).toBe('    L3:0=7f0;1=01f\n    MB:0= 20;1= 70\n');
    expect(resctrl.tasks(id)).toEqual([pidOf(tsrun, id)]);
    tsrun.must(['start', id]);
    tsrun.must(['exec', '--detach', id, '/probe', 'sleep', '60']);
    expect(resctrl.tasks(id)).toHaveLength(2);
    expect(resctrl.read('schemata')).toBe(FULL);
    tsrun.must(['delete', '--force', id]);
    expect(resctrl.has(id)).toBe(false);
  });

  test('makes a class that it names, which stays for others', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    const first = await createIn(resctrl, tsrun, { closID: 'gold', schemata: ['L3:0=f'] });
    const second = await createIn(resctrl, tsrun, { closID: 'gold', l3CacheSchema: 'L3:0=0f' });
    const third = await createIn(resctrl, tsrun, { closID: 'gold' });
    expect(resctrl.tasks('gold').sort()).toEqual([first, second, third].map((id) => pidOf(tsrun, id)).sort());
    expect(marksOf(join(tsrun.root, first))).toEqual([]);
    for (const id of [first, second, third]) tsrun.must(['delete', '--force', id]);
    expect(resctrl.read('gold/schemata')).toBe('    L3:0=00f;1=7ff\n    MB:0=100;1=100\n');
  });

  test.each([
    ['gold', 'gold/mon_groups'],
    ['/', 'mon_groups'],
  ])('has a monitoring group in the class %j, which goes with it', async (closID, directory) => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    await createIn(resctrl, tsrun, { closID: 'gold', schemata: ['L3:0=f'] });
    const id = await createIn(resctrl, tsrun, { closID, enableMonitoring: true });
    expect(resctrl.tasks(`${directory}/${id}`)).toEqual([pidOf(tsrun, id)]);
    tsrun.must(['delete', '--force', id]);
    expect([resctrl.has(`${directory}/${id}`), resctrl.has('gold')]).toEqual([false, true]);
  });

  test('has a monitoring group in its own class', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    const id = await createIn(resctrl, tsrun, { enableMonitoring: true });
    const pid = pidOf(tsrun, id);
    expect([resctrl.tasks(id), resctrl.tasks(`${id}/mon_groups/${id}`)]).toEqual([[pid], [pid]]);
    tsrun.must(['delete', '--force', id]);
    expect(resctrl.has(id)).toBe(false);
  });
});

describe('a create that fails', () => {
  test.each([undefined, 'gold'])(
    'on its schemata says what the kernel says, and leaves no class (%s)',
    async (closID) => {
      const resctrl = await mountResctrl();
      const tsrun = newTsrun();
      const intelRdt = { memBwSchema: 'MB:0=5', ...(closID === undefined ? {} : { closID }) };
      const failure = await failureOf(createIn(resctrl, tsrun, intelRdt));
      expect(failure).toMatch(
        /^cannot create container "ID": write "MB:0=5" to the schemata of ".*" \(linux\.intelRdt\) \(write MB value out of range \[10,100\]\): invalid argument \(EINVAL\)\nsee the directory "info" of resctrl for what the processor takes$/,
      );
      expect([resctrl.has('gold'), tsrun.leftovers()]).toEqual([false, []]);
    },
  );

  test('because the processor has no class left says so', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    for (const closID of ['a', 'b', 'c']) await createIn(resctrl, tsrun, { closID, schemata: ['L3:0=f'] });
    const failure = await failureOf(createIn(resctrl, tsrun, {}));
    expect(failure).toMatch(
      /make the resctrl group ".*" \(linux\.intelRdt\) \(mkdirat Out of CLOSIDs\): no space left on device/,
    );
    expect(tsrun.leftovers()).toHaveLength(3);
  });

  test('because another has a group of its name leaves that alone', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    const { id, stateDirectory } = await prepareIn(resctrl, tsrun, {});
    mkdirSync(join(resctrl.root, id));
    const { status, record } = await runHelper({ mode: 'create', stateDirectory });
    expect([status, record]).toEqual([1, expect.stringContaining('mkdirat')]);
    expect([resctrl.has(id), tsrun.leftovers()]).toEqual([true, []]);
  });

  test('later leaves no group', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    await createIn(resctrl, tsrun, { closID: 'gold', schemata: ['L3:0=f'] });
    const failure = await failureOf(
      createIn(resctrl, tsrun, { closID: 'gold', enableMonitoring: true }, { args: ['/nothing'] }),
    );
    expect(failure).toContain('/nothing');
    expect(tsrun.leftovers()).toHaveLength(1);
    expect(readdirSync(join(resctrl.root, 'gold/mon_groups'))).toEqual([]);
  });
});

describe('update of schemata', () => {
  test('changes what is named and nothing else', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    const id = await createIn(resctrl, tsrun, { l3CacheSchema: 'L3:0=f0', memBwSchema: 'MB:0=50' });
    const flags = ['--l3-cache-schema', 'L3:1=f', '--mem-bw-schema', 'MB:1=60'];
    expect(tsrun.must(['update', '--dry-run', ...flags, id]).stdout).toBe(
      'schemata: L3:0=f0;1=7ff MB:0=50;1=100 -> L3:1=f MB:1=60\n',
    );
    expect(resctrl.read(`${id}/schemata`)).toBe('    L3:0=0f0;1=7ff\n    MB:0= 50;1=100\n');
    tsrun.must(['update', ...flags, id]);
    expect(resctrl.read(`${id}/schemata`)).toBe('    L3:0=0f0;1=00f\n    MB:0= 50;1= 60\n');
  });

  test('that the kernel refuses changes nothing', async () => {
    const resctrl = await mountResctrl();
    const tsrun = newTsrun();
    const id = await createIn(resctrl, tsrun, {});
    const { status, stderr } = tsrun.call(['update', '--l3-cache-schema', 'L3:0=f', '--mem-bw-schema', 'MB:0=5', id]);
    expect([status, stderr.replaceAll(id, 'ID').replaceAll(resctrl.root, 'ROOT')]).toEqual([
      1,
      'tsrun: cannot update container "ID": write "L3:0=f\\nMB:0=5" to the schemata of "ROOT/ID" (linux.intelRdt) (write MB value out of range [10,100]): invalid argument (EINVAL)\n' +
        'hint: see the directory "info" of resctrl for what the processor takes\n',
    ]);
    expect(resctrl.read(`${id}/schemata`)).toBe(FULL);
  });

  test('of a container without linux.intelRdt is an error', () => {
    const { tsrun, id } = startHost();
    const { status, stderr } = tsrun.call(['update', '--mem-bw-schema', 'MB:0=50', id]);
    expect([status, stderr]).toEqual([
      1,
      `tsrun: cannot update container "${id}": it was created without linux.intelRdt\n`,
    ]);
  });
});
