// features: the document is what the schema says, and a container can really be given what it claims.
import { chownSync, existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Mount, Seccomp } from '../../src/spec/types.js';
import { makeBundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import { PROJECT } from '../support/paths.js';
import { type MountLine, parseReport, readMounts, runBundle, runReport } from '../support/probe.js';
import { tryUnder } from '../support/seccomp.js';
import { newTsrun } from '../support/tsrun.js';

interface Features {
  readonly ociVersionMin: string;
  readonly ociVersionMax: string;
  readonly hooks: readonly string[];
  readonly mountOptions: readonly string[];
  readonly linux: {
    readonly namespaces: readonly string[];
    readonly capabilities: readonly string[];
    readonly seccomp: Readonly<Record<'actions' | 'operators' | 'archs' | 'supportedFlags', readonly string[]>>;
  };
  readonly annotations: Readonly<Record<string, string>>;
}

const NOBODY = 65534;

function readFeatures(uid?: number): Features {
  const { status, stdout, stderr } = newTsrun().call(['features'], uid === undefined ? {} : { uid });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('the features document', () => {
  test('is what schemas/features.schema.json says', () => {
    const schema = JSON.parse(readFileSync(join(PROJECT, 'schemas', 'features.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
    expect(validate(readFeatures()) || validate.errors).toBe(true);
  });

  test('is the same for a user without privilege', () => {
    expect(readFeatures(NOBODY)).toEqual(readFeatures());
  });

  test('says what there is, and of what there is not that it is not there', () => {
    const { mountOptions, ...features } = readFeatures();
    expect(features).toMatchObject({
      ociVersionMin: '1.0.0',
      ociVersionMax: '1.3.0',
      hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
      linux: {
        namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
        cgroup: { v1: false, v2: true, systemd: true, systemdUser: true, rdma: true },
        apparmor: { enabled: true },
        selinux: { enabled: true },
        intelRdt: { enabled: true, schemata: true, monitoring: true },
        memoryPolicy: {
          modes: [
            'MPOL_DEFAULT',
            'MPOL_PREFERRED',
            'MPOL_BIND',
            'MPOL_INTERLEAVE',
            'MPOL_LOCAL',
            'MPOL_PREFERRED_MANY',
            'MPOL_WEIGHTED_INTERLEAVE',
          ],
          flags: ['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'],
        },
        mountExtensions: { idmap: { enabled: true } },
        netDevices: { enabled: true },
      },
      annotations: {
        'org.opencontainers.runc.checkpoint.enabled': 'false',
        'io.github.seccomp.libseccomp.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
      },
      potentiallyUnsafeConfigAnnotations: ['bundle', 'org.criu.config', 'org.systemd.property.', 'run.oci.'],
    });
    expect(mountOptions).toEqual([...mountOptions].sort());
  });

  test('has the version of --version', () => {
    const [version, commit] = newTsrun().must(['--version']).stdout.split('\n');
    expect(readFeatures().annotations).toMatchObject({
      'org.tsrun.version': version?.split('version ')[1],
      'org.tsrun.commit': commit?.split(': ')[1],
    });
  });
});

const VISIBLE = ['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'nosymfollow'];
const SUPERBLOCK = ['sync', 'dirsync', 'lazytime'];
const PROPAGATION: Readonly<Record<string, RegExp>> = { shared: /^shared:/, unbindable: /^unbindable$/ };

const OF_BINDS = ['src-nofollow', 'copy-symlink', 'idmap', 'ridmap'];

/** Mounts of which the last has the word for its option; those about binds are for a bind, and a remount is of another mount. */
function mountsWith(word: string, source: string): Mount[] {
  const destination = `/with/${word}`;
  const tmpfs: Mount = { destination, type: 'tmpfs', source: 'tmpfs', options: [word] };
  const bind: Mount = { destination, type: 'none', source, options: OF_BINDS.includes(word) ? ['bind', word] : [word] };
  if (word === 'bind' || word === 'rbind' || OF_BINDS.includes(word)) {
    const map = [{ containerID: 0, hostID: 1, size: 1 }];
    return [word.endsWith('idmap') ? { ...bind, uidMappings: map, gidMappings: map } : bind];
  }
  return word === 'remount' ? [{ ...tmpfs, options: [] }, tmpfs] : [tmpfs];
}

/** What mountinfo has to show of the word; a word that turns something off shows nothing. */
function isShown(word: string, mount: MountLine): boolean {
  const plain = word.startsWith('r') ? word.slice(1) : word;
  const propagation = PROPAGATION[word] ?? PROPAGATION[plain];
  if (propagation !== undefined) return mount.propagation.some((tag) => propagation.test(tag));
  if (SUPERBLOCK.includes(plain)) return mount.superOptions.includes(plain);
  if (plain === 'idmap') return mount.options.includes('idmapped');
  if (plain === 'strictatime') return !mount.options.includes('relatime');
  const attribute = VISIBLE.find((name) => name === word || name === plain);
  return attribute === undefined || mount.options.includes(attribute);
}

describe('what features claims', () => {
  test('each action, operator, architecture and flag of seccomp is accepted', () => {
    const { actions, operators, archs, supportedFlags } = readFeatures().linux.seccomp;
    const seccompOf = (change: object) => ({ defaultAction: 'SCMP_ACT_ALLOW', ...change }) as Seccomp;
    const argument = (op: string) => ({ index: 0, op, value: 1 });
    for (const seccomp of [
      ...actions
        .filter((action) => action !== 'SCMP_ACT_NOTIFY')
        .map((action) => seccompOf({ syscalls: [{ names: ['getppid'], action }] })),
      ...operators.map((op) =>
        seccompOf({ syscalls: [{ names: ['lseek'], action: 'SCMP_ACT_ERRNO', args: [argument(op)] }] }),
      ),
      ...archs.map((name) => seccompOf({ architectures: [name] })),
      seccompOf({ flags: supportedFlags }),
    ]) {
      expect(tryUnder(seccomp, ['true'])).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('each ociVersion is accepted', () => {
    const { ociVersionMin, ociVersionMax } = readFeatures();
    for (const ociVersion of [ociVersionMin, ociVersionMax]) runReport((spec) => Object.assign(spec, { ociVersion }));
  });

  test('each hook is run', () => {
    const { hooks } = readFeatures();
    const tsrun = newTsrun();
    const bundle = makeBundle({
      args: ['/probe', 'true'],
      mutate: (spec, { path }) => {
        spec.mounts.push({ destination: '/marks', type: 'bind', source: path, options: ['bind'] });
        const entries = hooks.map((kind) => {
          const inside = { path: '/probe', args: ['probe', 'write', `/marks/${kind}`, ''] };
          const outside = { path: '/bin/sh', args: ['sh', '-c', `: >${path}/${kind}`] };
          return [kind, [kind === 'startContainer' ? inside : outside]];
        });
        spec.hooks = Object.fromEntries(entries);
      },
    });
    tsrun.must(['run', '-b', bundle.path, tsrun.newId()]);
    expect(hooks.filter((kind) => !existsSync(join(bundle.path, kind)))).toEqual([]);
  });

  test('each namespace can be new', () => {
    const files: Readonly<Record<string, string>> = { mount: 'mnt', network: 'net' };
    const types = readFeatures().linux.namespaces as NonNullable<SpecDraft['linux']['namespaces'][number]['type']>[];
    const report = runReport((spec, bundle) => {
      for (const type of types) setNamespace(spec, type);
      spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      chownSync(bundle.rootfs, 100_000, 100_000);
    });
    const names = types.map((type) => files[type] ?? type);
    expect(names.filter((name) => report.namespaces[name] === readlinkSync(`/proc/self/ns/${name}`))).toEqual([]);
    expect(Object.keys(report.namespaces).sort()).toEqual([...names].sort());
  });

  test('each capability is granted that tsrun itself has', () => {
    const names = [...readFeatures().linux.capabilities];
    const { capBnd } = runReport((spec) => {
      spec.process.capabilities = { bounding: names, permitted: names, effective: names };
    });
    expect(capBnd).toBe(/^CapBnd:\t(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  });

  test('each mount option makes a mount, and has its effect', () => {
    const words = readFeatures().mountOptions;
    const { status, stdout, stderr } = runBundle({
      mutate: (spec, { path }) => {
        for (const word of words) spec.mounts.push(...mountsWith(word, path));
      },
    });
    expect(status, stderr).toBe(0);
    const mounts = new Map(readMounts(parseReport(stdout)).map((mount) => [mount.target, mount]));
    const without = words.filter((word) => {
      const mount = mounts.get(`/with/${word}`);
      return mount === undefined || !isShown(word, mount);
    });
    expect(without).toEqual([]);
    // What the mount API has no flag for is warned of: for nobody else.
    const warned = [...stderr.matchAll(/option "(\w+)" has no effect/g)].map((match) => match[1]);
    expect(warned.sort()).toEqual(['iversion', 'silent']);
  });
});
