// run.oci.delegate-cgroup: the program's own cgroup below the limits, with controllers and an owner.
import { chownSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bundle, type SpecDraft, setNamespace } from '../../support/bundle.js';
import { type Container, createContainer, readCgroup } from '../../support/container.js';
import { isAlive } from '../../support/host.js';
import { parseReport, runBundle } from '../../support/probe.js';

const HOST_ROOT = 100_000;
const MIB = 1024 * 1024;
const RESOURCES = { memory: { limit: 64 * MIB }, pids: { limit: 20 } };

function delegate(spec: SpecDraft): void {
  spec.annotations = { 'run.oci.delegate-cgroup': '/payload' };
}

function mapUsers(spec: SpecDraft, { rootfs }: Bundle): void {
  chownSync(rootfs, HOST_ROOT, HOST_ROOT);
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: HOST_ROOT, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: HOST_ROOT, size: 65_536 }];
}

/** The container's own cgroup, which has the limits. */
const own = ({ cgroup }: Container) => ({ cgroup: dirname(cgroup) });

describe('run.oci.delegate-cgroup', () => {
  test('leaves the limits above, where the program is not', () => {
    const container = createContainer({ resources: RESOURCES, mutate: delegate });
    expect(container.cgroup).toMatch(/\/payload$/);
    expect(readCgroup(own(container), 'cgroup.procs')).toBe('');
    expect(readCgroup(own(container), 'memory.max')).toBe(String(64 * MIB));
    expect(readCgroup(own(container), 'pids.max')).toBe('20');
    expect([readCgroup(container, 'memory.max'), readCgroup(container, 'pids.max')]).toEqual(['max', 'max']);
  });

  test('hands on the controllers that the container has', () => {
    const container = createContainer({ resources: RESOURCES, mutate: delegate });
    const controllers = readCgroup(own(container), 'cgroup.controllers').split(' ');
    expect(controllers).toContain('memory');
    expect(readCgroup(container, 'cgroup.controllers').split(' ')).toEqual(
      controllers.filter((name) => name !== 'misc'),
    );
  });

  test('belongs to the root of a user namespace, and nothing above it does', () => {
    const container = createContainer({
      resources: RESOURCES,
      mutate: (spec, bundle) => {
        delegate(spec);
        mapUsers(spec, bundle);
      },
    });
    const ownerOf = (cgroup: string, name: string) => statSync(join(cgroup, name)).uid;
    const given = ['.', 'cgroup.procs', 'cgroup.subtree_control'];
    expect(given.map((name) => ownerOf(container.cgroup, name))).toEqual(given.map(() => HOST_ROOT));
    expect(ownerOf(container.cgroup, 'memory.max')).toBe(0);
    const above = own(container).cgroup;
    expect(readdirSync(above).filter((name) => name !== 'payload' && ownerOf(above, name) !== 0)).toEqual([]);
  });

  test('is below limits that hold', () => {
    const { status } = runBundle({
      args: ['/probe', 'allocate', '128'],
      mutate: (spec) => {
        delegate(spec);
        spec.linux.resources = { memory: { limit: 32 * MIB, swap: 32 * MIB } };
      },
    });
    expect(status).toBe(137);
  });

  test('is where exec goes, also with controllers enabled above it', () => {
    const { tsrun, id } = createContainer({ resources: RESOURCES, mutate: delegate });
    tsrun.must(['start', id]);
    const { stdout } = tsrun.must(['exec', id, '/probe', 'report']);
    expect(parseReport(stdout).cgroup).toContain('0::/payload');
  });

  test('is paused, listed, updated and killed with the container', () => {
    const container = createContainer({ resources: RESOURCES, mutate: delegate });
    const { tsrun, id, pid } = container;
    tsrun.must(['start', id]);
    tsrun.must(['pause', id]);
    expect(tsrun.state(id)?.status).toBe('paused');
    tsrun.must(['resume', id]);
    expect(JSON.parse(tsrun.must(['ps', '--format', 'json', id]).stdout)).toEqual([pid]);
    tsrun.must(['update', '--pids-limit', '30', id]);
    expect(readCgroup(own(container), 'pids.max')).toBe('30');
    tsrun.must(['delete', '--force', id]);
    expect(isAlive(pid)).toBe(false);
  });
});
