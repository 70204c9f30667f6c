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
  /** Null: not read, because nothing asks for limits. */
  readonly resources: ResourceFacts | null;
  /** Null: not read, because systemd is not asked for. */
  readonly systemd: SystemdFacts | null;
}

/** What has to be known for linux.resources. */
export interface ResourceFacts {
  /** Controllers of the cgroup2 tree's root, `cgroup.controllers`. */
  readonly controllers: readonly string[];
  /** CPUs and memory nodes that there are, as `cpuset.cpus.effective` and `cpuset.mems.effective` of the root write them (`0-3,7`); null: not known. */
  readonly cpus: string | null;
  readonly mems: string | null;
  /** Sizes of huge pages as the names of hugetlb files have them (`2MB`); null: not known. */
  readonly hugePageSizes: readonly string[] | null;
  /** The tree stands beside v1 hierarchies, which have the controllers that it misses. */
  readonly hybrid: boolean;
}

/** The systemd that makes scopes: the system's, or that of the user who runs tsrun. */
export interface SystemdFacts {
  /** Absolute path of busctl(1). */
  readonly busctl: string;
  readonly user: boolean;
  /** What busctl needs to find the bus, as `NAME=value`. */
  readonly environment: readonly string[];
  /** The manager's own cgroup, below which its slices are: '' of the system's, such as `/user.slice/user-1000.slice/user@1000.service` of a user's. */
  readonly controlGroup: string;
}
