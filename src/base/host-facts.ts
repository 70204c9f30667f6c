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
  /** The effective uid of the runtime, in its own user namespace. */
  readonly uid: number;
  /** True if the runtime is in a user namespace, such as rootless podman's: its root has no rights over the host. */
  readonly inUserNamespace: boolean;
  /** Null: not read, because the container gets no user namespace. */
  readonly ids: IdFacts | null;
  /** Whether the runtime may make the cgroup that a container gets when nobody names one; null: not read, because it is an error if not. */
  readonly ownsCgroups: boolean | null;
  /** Types of the container's namespaces that are joined by a path and are the runtime's own; undefined: not read, because nothing asks. */
  readonly ownNamespaces?: readonly string[] | undefined;
  /** Null: not read, because nothing asks for limits. */
  readonly resources: ResourceFacts | null;
  /** Null: not read, because systemd is not asked for. */
  readonly systemd: SystemdFacts | null;
  /** Targets of the sources of mounts with `copy-symlink`, by absolute path; a source that is no link is not there. */
  readonly links?: ReadonlyMap<string, string> | undefined;
  /** Null: not read, because no label is asked for. */
  readonly securityModules: SecurityModules | null;
  /** Memory nodes that have memory, such as `0-3,7`; null: not read, because no memory policy names nodes, or not known. */
  readonly memoryNodes: string | null;
  /** Null: not read, because linux.intelRdt is not asked for. */
  readonly resctrl: ResctrlFacts | null;
}

/** What has to be known for linux.intelRdt. */
export interface ResctrlFacts {
  /** Where resctrl is mounted; null: nowhere. */
  readonly root: string | null;
  /** The file `schemata` of the class that linux.intelRdt.closID names; null: it names none, or there is no such class. */
  readonly schemata: string | null;
}

/** Which security modules are in force and give processes labels. */
export interface SecurityModules {
  readonly appArmor: boolean;
  readonly seLinux: boolean;
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

/** A line of uid_map or gid_map, user_namespaces(7); the same as IDMapping of config.json. */
export interface IdRange {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** What has to be known for linux.uidMappings and linux.gidMappings. */
export interface IdFacts {
  /** The effective gid of the runtime. */
  readonly gid: number;
  /** The runtime has CAP_SETUID, CAP_SETGID: the kernel lets it write every mapping. */
  readonly mapsUids: boolean;
  readonly mapsGids: boolean;
  /** Absolute paths of newuidmap(1) and newgidmap(1); null: not there, or not looked for. */
  readonly uidMapper: string | null;
  readonly gidMapper: string | null;
  /** setgroups(2) is denied in the runtime's own user namespace, and so in each below it. */
  readonly deniesGroups: boolean;
  /** The user namespace that is joined by path; null: none is, or it cannot be read. */
  readonly joined: UserNamespaceFacts | null;
}

/** A user namespace as seen from that of the runtime. */
export interface UserNamespaceFacts {
  readonly uidMap: readonly IdRange[];
  readonly gidMap: readonly IdRange[];
  readonly deniesGroups: boolean;
}
