// Who makes cgroups: tsrun itself, systemd as transient scopes, or nobody.

export const CGROUP_MANAGERS = ['cgroupfs', 'systemd', 'disabled'] as const;
export type CgroupManager = (typeof CGROUP_MANAGERS)[number];
