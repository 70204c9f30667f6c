// Where runc 1.1.5 and crun 1.8.1 (Debian 12) do another thing than tsrun, and why. What is not here is a defect of one of them.

export interface Known {
  /** Of the lines of compare(): `what: tsrun | runc`. */
  readonly line: RegExp;
  readonly reason: string;
  /** Not in the fixed sample. */
  readonly rare?: true;
}

const OF_RUNC: readonly Known[] = [
  {
    line: /^mount \/sys: data: rw \| ro$/,
    reason:
      'ro is an attribute of the mount in both; runc makes the superblock read-only as well, which is shared with each mount of sysfs of that network namespace',
  },
  {
    line: /^mount (?:\/proc\/acpi|\/etc): options: nodev,noexec,nosuid,relatime,ro \| relatime,ro$/,
    reason: 'nobody needs devices, programs or set-user-ID files in what hides a directory',
  },
  {
    line: /^mount (?:\/proc\/acpi|\/etc): data: (.*)nr_inodes=1,rw,size=4k(.*) \| \1ro\2$/,
    reason: 'what hides a directory is as small as a tmpfs can be, and read-only by its mount',
  },
  {
    line: /^mount (?:\/proc\/keys|\/proc\/kcore|\/srv\/file): (?:options|filesystem|data|propagation): /,
    reason:
      "a masked file is the host's /dev/null, which nobody in the container can have exchanged (CVE-2025-31133); runc takes the container's",
  },
  {
    line: /^path \/srv\/file: 20666 \d+:\d+ 1:3 \| 20666 0:0 1:3$/,
    reason: "as above: it has the owner of the host's, which need not be root",
    rare: true,
  },
  {
    line: /^path \/dev: 41777 (.*) \| 40755 /,
    reason: 'mode=1777 is what config.json asks for; runc gives a tmpfs the mode of the directory below it (until 1.2)',
  },
  {
    line: /^mount \/: propagation: shared \| $/,
    reason:
      'rootfsPropagation is that of the root (config-linux.md); with runc 1.1 it is that of the host tree in the namespace',
  },
  {
    line: /^hooks: {2}\| poststop 8 17$/,
    reason:
      'a create that fails before any hook has begun leaves nothing that poststop hooks could undo (ARCHITECTURE.md, "Clean-up")',
    rare: true,
  },
];

/** As seen in the virtual machine, where crun can run: it refuses a host with both versions of cgroups. */
const OF_CRUN: readonly Known[] = [
  {
    line: /^mount (?:\/proc\/acpi|\/etc): data: .*nr_inodes=1,rw,size=4k.* \| .*size=0k/,
    reason: 'what hides a directory is as small as a tmpfs can be',
  },
  {
    line: /^mount (?:\/proc\/.*|\/tmp|\/data): options: (?:.*,)?ro \| (?:noatime,)?(?:nodiratime,)?(?:relatime,)?ro$/,
    reason: 'a read-only path keeps nosuid, nodev and noexec of what it is in, as with runc',
  },
  {
    line: /^(?:mount (?:\/srv|\/tmp|\/file|\/data): options|path \/(?:srv|tmp|data|file)(?:\/file)?): /,
    reason: 'of two options that contradict each other, such as ro and rw, the last counts, as with runc and mount(8)',
  },
  {
    line: /^mount \/(?:srv|data): propagation: shared \| $/,
    reason: 'what a mount asks for itself outlasts rootfsPropagation',
  },
  {
    line: /^mount \/dev\/\w+: options: relatime,rw \| (?:noexec,nosuid,)relatime,rw$/,
    reason: "in a user namespace devices are binds of the host's, with its options, as with runc",
  },
  { line: /^env: /, reason: 'HOME is set where it is empty, and where the user is in no passwd, as with runc' },
  {
    line: /^(?:status|failure|hooks): /,
    reason: 'crun fails with a FIFO whose fileMode has the bits of another type; a hook of it may not run then',
  },
];

export const KNOWN: Readonly<Record<string, readonly Known[]>> = { runc: OF_RUNC, crun: OF_CRUN };
