// Labels of security modules as operations, and what a host without the module is told.
import { describe, expect, test } from 'vitest';
import { asksForLabels } from '../../../src/plan/labels.js';
import type { Spec } from '../../../src/spec/types.js';
import { compile, createOps, problemsOf, specWith } from './samples.js';

const LABEL = 'system_u:system_r:container_t:s0:c1,c2';

const specOf = (process: Partial<NonNullable<Spec['process']>>, mountLabel?: string) =>
  specWith({
    process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 }, ...process },
    linux: { namespaces: [{ type: 'mount' }], ...(mountLabel === undefined ? {} : { mountLabel }) },
    mounts: ['proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue'].map((type) => ({ destination: `/${type}`, type })),
  });

const modules = (appArmor: boolean, seLinux: boolean) => ({ facts: { securityModules: { appArmor, seLinux } } });

describe('compilePlan() of labels', () => {
  test('has none where config.json has none, or empty ones', () => {
    const spec = specOf({ apparmorProfile: '', selinuxLabel: '' }, '');
    const ops = ['set-apparmor-profile', 'set-selinux-label', 'label-keys', 'label-mount'] as const;
    expect(createOps(spec, ops)).toEqual([]);
    expect([asksForLabels(spec), asksForLabels(specOf({})), asksForLabels(specOf({}, LABEL))]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('labels the program before no_new_privs', () => {
    const spec = specOf({ apparmorProfile: 'web', selinuxLabel: LABEL, noNewPrivileges: true });
    expect(createOps(spec, ['set-apparmor-profile', 'set-selinux-label', 'set-no-new-privileges'])).toEqual([
      { op: 'set-selinux-label', label: LABEL },
      { op: 'set-apparmor-profile', profile: 'web' },
      { op: 'set-no-new-privileges' },
    ]);
  });

  test('labels the session keyring, and nothing after it', () => {
    const spec = specOf({ selinuxLabel: LABEL });
    expect(createOps(spec, ['label-keys', 'join-keyring'])).toEqual([
      { op: 'label-keys', label: LABEL },
      { op: 'join-keyring', name: '_ses.web' },
      { op: 'label-keys', label: '' },
    ]);
    expect(createOps(spec, ['label-keys'], { request: { noNewKeyring: true } })).toEqual([]);
  });

  test.each(['context', 'fscontext', 'defcontext', 'rootcontext'])('labels new mounts by %s', (type) => {
    const annotations = { 'run.oci.mount_context_type': type };
    const options = createOps({ ...specOf({}, LABEL), annotations }, ['new-mount']).flatMap((op) => op.options);
    expect(options).toEqual([`${type}=${LABEL}`, `${type}=${LABEL}`]);
  });

  test('knows no other way to label mounts', () => {
    expect(problemsOf({ ...specOf({}, LABEL), annotations: { 'run.oci.mount_context_type': 'none' } })).toEqual([
      'annotations["run.oci.mount_context_type"]: found "none", must be one of context, fscontext, defcontext, rootcontext',
    ]);
  });

  test('labels new mounts that take one', () => {
    const spec = specOf({}, LABEL);
    expect(createOps(spec, ['new-mount']).map(({ fstype, options }) => [fstype, options])).toEqual([
      ['proc', []],
      ['sysfs', []],
      ['tmpfs', [`context=${LABEL}`]],
      ['devpts', [`context=${LABEL}`]],
      ['mqueue', []],
    ]);
    expect(createOps(spec, ['label-mount'])).toEqual([{ op: 'label-mount', slot: 5, label: LABEL }]);
  });

  test.each([
    [
      specOf({ apparmorProfile: 'web' }),
      modules(false, true),
      'process.apparmorProfile: AppArmor is not enabled on this host',
    ],
    [
      specOf({ selinuxLabel: LABEL }),
      modules(true, false),
      'process.selinuxLabel: SELinux is not enabled on this host',
    ],
    [specOf({}, LABEL), modules(true, false), 'linux.mountLabel: SELinux is not enabled on this host'],
  ])('refuses what no module of the host could make true', (spec, changes, problem) => {
    expect(problemsOf(spec, changes)).toEqual([problem]);
    expect(() => compile(spec, modules(true, true))).not.toThrow();
  });
});
