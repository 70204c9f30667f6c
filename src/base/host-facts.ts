// What the compiler of plans has to know about this host. Types only: src/host/facts.ts finds the values out.

export interface HostFacts {
  /** Mount point of the cgroup2 tree, `/sys/fs/cgroup` or `/sys/fs/cgroup/unified`; null: this host has none. */
  readonly cgroupRoot: string | null;
  /** The runtime's own cgroup in that tree, such as `/` or `/user.slice/x`. */
  readonly ownCgroup: string;
  /** True where the cgroup2 tree stands beside v1 hierarchies and so has few or no controllers. */
  readonly hybridCgroup: boolean;
  /** True if `/proc/kcore` exists: `/dev/core` is made only then. */
  readonly hasKcore: boolean;
  /** The effective uid of the runtime. */
  readonly uid: number;
}
