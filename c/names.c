/*
 * Kernel names and numbers: the tables of schemas/plan.md, and nothing else. The numbers come from the kernel's own headers.
 * A name that is not in its table does not exist: nothing is guessed, shortened or matched without case.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "poison.h"

struct name {
	const char *name;
	uint64_t value;
};

#define SAME(constant) { #constant, (uint64_t)(constant) }
#define CAPABILITY(constant) { #constant, UINT64_C(1) << (constant) }

static const struct name namespaces[] = {
	{ "pid", NS_PID }, { "network", NS_NETWORK }, { "mount", NS_MOUNT }, { "ipc", NS_IPC },
	{ "uts", NS_UTS }, { "user", NS_USER }, { "cgroup", NS_CGROUP }, { "time", NS_TIME },
};

/* CLONE_NEWTIME is good for setns(2) only: clone3(2) does not take it for the child itself, so unshare-time is an operation of its own. */
static const struct name clone_flags[] = {
	SAME(CLONE_NEWPID), SAME(CLONE_NEWNET), SAME(CLONE_NEWNS), SAME(CLONE_NEWIPC),
	SAME(CLONE_NEWUTS), SAME(CLONE_NEWUSER), SAME(CLONE_NEWCGROUP), SAME(CLONE_NEWTIME),
};

static const struct name open_tree_flags[] = { SAME(AT_RECURSIVE), SAME(AT_SYMLINK_NOFOLLOW) };

static const struct name at_flags[] = { SAME(AT_RECURSIVE) };

/* MOUNT_ATTR__ATIME is the mask of the access-time field, 0x70, and only good for clearing: mount_setattr(2). */
static const struct name mount_attributes[] = {
	SAME(MOUNT_ATTR_RDONLY), SAME(MOUNT_ATTR_NOSUID), SAME(MOUNT_ATTR_NODEV), SAME(MOUNT_ATTR_NOEXEC), SAME(MOUNT_ATTR_NOATIME),
	SAME(MOUNT_ATTR_STRICTATIME), SAME(MOUNT_ATTR_NODIRATIME), SAME(MOUNT_ATTR_NOSYMFOLLOW), SAME(MOUNT_ATTR__ATIME),
};

static const struct name propagations[] = { SAME(MS_PRIVATE), SAME(MS_SHARED), SAME(MS_SLAVE), SAME(MS_UNBINDABLE), SAME(MS_REC) };

static const struct name attachments[] = { { "follow", ATTACH_FOLLOW }, { "nofollow", ATTACH_NOFOLLOW }, { "ordinary", ATTACH_ORDINARY },
					   { "procfs", ATTACH_PROCFS } };

/* The runtime-spec's "u" is an unbuffered character device, as mknod(1) has it. */
static const struct name devices[] = { { "c", 'c' }, { "b", 'b' }, { "p", 'p' }, { "u", 'c' } };

static const struct name id_maps[] = { { "uid_map", 0 }, { "gid_map", 1 } };

static const struct name rlimits[] = {
	SAME(RLIMIT_AS), SAME(RLIMIT_CORE), SAME(RLIMIT_CPU), SAME(RLIMIT_DATA), SAME(RLIMIT_FSIZE), SAME(RLIMIT_LOCKS),
	SAME(RLIMIT_MEMLOCK), SAME(RLIMIT_MSGQUEUE), SAME(RLIMIT_NICE), SAME(RLIMIT_NOFILE), SAME(RLIMIT_NPROC), SAME(RLIMIT_RSS),
	SAME(RLIMIT_RTPRIO), SAME(RLIMIT_RTTIME), SAME(RLIMIT_SIGPENDING), SAME(RLIMIT_STACK),
};

static const struct name capabilities[] = {
	CAPABILITY(CAP_CHOWN), CAPABILITY(CAP_DAC_OVERRIDE), CAPABILITY(CAP_DAC_READ_SEARCH), CAPABILITY(CAP_FOWNER), CAPABILITY(CAP_FSETID),
	CAPABILITY(CAP_KILL), CAPABILITY(CAP_SETGID), CAPABILITY(CAP_SETUID), CAPABILITY(CAP_SETPCAP), CAPABILITY(CAP_LINUX_IMMUTABLE),
	CAPABILITY(CAP_NET_BIND_SERVICE), CAPABILITY(CAP_NET_BROADCAST), CAPABILITY(CAP_NET_ADMIN), CAPABILITY(CAP_NET_RAW),
	CAPABILITY(CAP_IPC_LOCK), CAPABILITY(CAP_IPC_OWNER), CAPABILITY(CAP_SYS_MODULE), CAPABILITY(CAP_SYS_RAWIO), CAPABILITY(CAP_SYS_CHROOT),
	CAPABILITY(CAP_SYS_PTRACE), CAPABILITY(CAP_SYS_PACCT), CAPABILITY(CAP_SYS_ADMIN), CAPABILITY(CAP_SYS_BOOT), CAPABILITY(CAP_SYS_NICE),
	CAPABILITY(CAP_SYS_RESOURCE), CAPABILITY(CAP_SYS_TIME), CAPABILITY(CAP_SYS_TTY_CONFIG), CAPABILITY(CAP_MKNOD), CAPABILITY(CAP_LEASE),
	CAPABILITY(CAP_AUDIT_WRITE), CAPABILITY(CAP_AUDIT_CONTROL), CAPABILITY(CAP_SETFCAP), CAPABILITY(CAP_MAC_OVERRIDE),
	CAPABILITY(CAP_MAC_ADMIN), CAPABILITY(CAP_SYSLOG), CAPABILITY(CAP_WAKE_ALARM), CAPABILITY(CAP_BLOCK_SUSPEND),
	CAPABILITY(CAP_AUDIT_READ), CAPABILITY(CAP_PERFMON), CAPABILITY(CAP_BPF), CAPABILITY(CAP_CHECKPOINT_RESTORE),
};
_Static_assert(CAP_CHECKPOINT_RESTORE == 40, "capabilities(7) ends at 40 since kernel 5.9");

static const struct name hooks[] = {
	{ "prestart", 0 }, { "createRuntime", 1 }, { "createContainer", 2 }, { "startContainer", 3 }, { "poststart", 4 }, { "poststop", 5 },
};

static const struct name personalities[] = { SAME(PER_LINUX), SAME(PER_LINUX32) };

static const struct name denials[] = { { "error", DENIAL_ERROR }, { "ignore", DENIAL_IGNORE } };

static const struct name schedulers[] = {
	SAME(SCHED_OTHER), SAME(SCHED_FIFO), SAME(SCHED_RR), SAME(SCHED_BATCH), SAME(SCHED_IDLE), SAME(SCHED_DEADLINE),
};

static const struct name sched_flags[] = {
	SAME(SCHED_FLAG_RESET_ON_FORK), SAME(SCHED_FLAG_RECLAIM), SAME(SCHED_FLAG_DL_OVERRUN), SAME(SCHED_FLAG_KEEP_POLICY),
	SAME(SCHED_FLAG_KEEP_PARAMS), SAME(SCHED_FLAG_UTIL_CLAMP_MIN), SAME(SCHED_FLAG_UTIL_CLAMP_MAX),
};

static const struct name io_classes[] = { SAME(IOPRIO_CLASS_RT), SAME(IOPRIO_CLASS_BE), SAME(IOPRIO_CLASS_IDLE) };

static const struct name resctrl_groups[] = { { "class", RESCTRL_CLASS }, { "monitoring", RESCTRL_MONITORING } };

/* Of linux/mempolicy.h, whose newest names the headers of the oldest build machine do not have; numbers of the ABI. */
static const struct name memory_policies[] = {
	{ "MPOL_DEFAULT", 0 }, { "MPOL_PREFERRED", 1 }, { "MPOL_BIND", 2 }, { "MPOL_INTERLEAVE", 3 },
	{ "MPOL_LOCAL", 4 }, { "MPOL_PREFERRED_MANY", 5 /* 5.15 */ }, { "MPOL_WEIGHTED_INTERLEAVE", 6 /* 6.9 */ },
};

static const struct name memory_policy_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1 << 13 /* 5.12 */ }, { "MPOL_F_RELATIVE_NODES", 1 << 14 }, { "MPOL_F_STATIC_NODES", 1 << 15 },
};

/* libseccomp's numbers; ERRNO and TRACE take a value beside them. */
static const struct name seccomp_actions[] = {
	SAME(SCMP_ACT_KILL_PROCESS), SAME(SCMP_ACT_KILL_THREAD), SAME(SCMP_ACT_TRAP), { "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) }, SAME(SCMP_ACT_ALLOW), SAME(SCMP_ACT_LOG), SAME(SCMP_ACT_NOTIFY),
};

static const struct name seccomp_operators[] = {
	SAME(SCMP_CMP_NE), SAME(SCMP_CMP_LT), SAME(SCMP_CMP_LE), SAME(SCMP_CMP_EQ), SAME(SCMP_CMP_GE), SAME(SCMP_CMP_GT), SAME(SCMP_CMP_MASKED_EQ),
};

static const struct name streams[] = { { "stdout", STREAM_OUTPUT }, { "stderr", STREAM_ERROR } };

static const struct name groups[] = { { "drop", GROUPS_DROP }, { "keep", GROUPS_KEEP } };

static const struct name newer_calls[] = { { "default", NEWER_DEFAULT }, { "ENOSYS", NEWER_ENOSYS } };

static const struct name unknown_calls[] = { { "skip", UNKNOWN_SKIP }, { "warn", UNKNOWN_WARN }, { "error", UNKNOWN_ERROR } };

static const struct name filter_shapes[] = { { "list", SHAPE_LIST }, { "tree", SHAPE_TREE } };

static const struct name seccomp_filters[] = {
	SAME(SECCOMP_FILTER_FLAG_TSYNC), SAME(SECCOMP_FILTER_FLAG_LOG), SAME(SECCOMP_FILTER_FLAG_SPEC_ALLOW),
	SAME(SECCOMP_FILTER_FLAG_NEW_LISTENER), SAME(SECCOMP_FILTER_FLAG_TSYNC_ESRCH), SAME(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
};

#define NAMES(array) (array), sizeof(array) / sizeof((array)[0])

static const struct {
	const char *name; /* as after "name." or "flags." in ops.def */
	const struct name *names;
	size_t count;
} tables[TABLE_COUNT] = {
	[TABLE_NAMESPACE] = { "namespace", NAMES(namespaces) },
	[TABLE_CLONE] = { "clone", NAMES(clone_flags) },
	[TABLE_OPEN_TREE] = { "open-tree", NAMES(open_tree_flags) },
	[TABLE_AT] = { "at", NAMES(at_flags) },
	[TABLE_MOUNT_ATTR] = { "mount-attr", NAMES(mount_attributes) },
	[TABLE_PROPAGATION] = { "propagation", NAMES(propagations) },
	[TABLE_ATTACH] = { "attach", NAMES(attachments) },
	[TABLE_DEVICE] = { "device", NAMES(devices) },
	[TABLE_ID_MAP] = { "id-map", NAMES(id_maps) },
	[TABLE_RLIMIT] = { "rlimit", NAMES(rlimits) },
	[TABLE_CAP] = { "cap", NAMES(capabilities) },
	[TABLE_HOOK] = { "hook", NAMES(hooks) },
	[TABLE_STREAM] = { "stream", NAMES(streams) },
	[TABLE_GROUPS] = { "groups", NAMES(groups) },
	[TABLE_PERSONALITY] = { "personality", NAMES(personalities) },
	[TABLE_DENIAL] = { "denial", NAMES(denials) },
	[TABLE_SCHEDULER] = { "scheduler", NAMES(schedulers) },
	[TABLE_SCHED] = { "sched", NAMES(sched_flags) },
	[TABLE_IO_CLASS] = { "io-class", NAMES(io_classes) },
	[TABLE_RESCTRL_GROUP] = { "resctrl-group", NAMES(resctrl_groups) },
	[TABLE_MEMORY_POLICY] = { "memory-policy", NAMES(memory_policies) },
	[TABLE_MEMORY_POLICY_FLAG] = { "memory-policy-flag", NAMES(memory_policy_flags) },
	[TABLE_SECCOMP_ACTION] = { "seccomp-action", NAMES(seccomp_actions) },
	[TABLE_SECCOMP_OPERATOR] = { "seccomp-operator", NAMES(seccomp_operators) },
	[TABLE_NEWER_CALLS] = { "newer-calls", NAMES(newer_calls) },
	[TABLE_UNKNOWN_CALL] = { "unknown-call", NAMES(unknown_calls) },
	[TABLE_FILTER_SHAPE] = { "filter-shape", NAMES(filter_shapes) },
	[TABLE_SECCOMP_FILTER] = { "seccomp-filter", NAMES(seccomp_filters) },
};

static bool is_name(const char *name, const char *text, size_t length)
{
	return strncmp(name, text, length) == 0 && name[length] == '\0';
}

bool name_value(enum name_table table, const char *name, size_t length, uint64_t *value)
{
	for (size_t i = 0; i < tables[table].count; i++) {
		if (is_name(tables[table].names[i].name, name, length)) {
			*value = tables[table].names[i].value;
			return true;
		}
	}
	return false;
}

const char *name_of(enum name_table table, uint64_t value)
{
	for (size_t i = 0; i < tables[table].count; i++)
		if (tables[table].names[i].value == value)
			return tables[table].names[i].name;
	return NULL;
}

bool name_table_find(const char *name, size_t length, enum name_table *table)
{
	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		if (is_name(tables[i].name, name, length)) {
			*table = (enum name_table)i;
			return true;
		}
	}
	return false;
}
