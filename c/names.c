/*
 * Kernel names and numbers: the tables of schemas/plan.md, and nothing else. The numbers come from the kernel's own headers.
 * A name that is not in its table does not exist: nothing is guessed, shortened or matched without case.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

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

/* Not CLONE_NEWTIME: clone3(2) does not take it for the child itself, so unshare-time is an operation of its own. */
static const struct name clone_flags[] = {
	SAME(CLONE_NEWPID), SAME(CLONE_NEWNET), SAME(CLONE_NEWNS), SAME(CLONE_NEWIPC),
	SAME(CLONE_NEWUTS), SAME(CLONE_NEWUSER), SAME(CLONE_NEWCGROUP),
};

static const struct name open_tree_flags[] = { SAME(AT_RECURSIVE), SAME(AT_SYMLINK_NOFOLLOW) };

static const struct name at_flags[] = { SAME(AT_RECURSIVE) };

/* MOUNT_ATTR__ATIME is the mask of the access-time field, 0x70, and only good for clearing: mount_setattr(2). */
static const struct name mount_attributes[] = {
	SAME(MOUNT_ATTR_RDONLY), SAME(MOUNT_ATTR_NOSUID), SAME(MOUNT_ATTR_NODEV), SAME(MOUNT_ATTR_NOEXEC), SAME(MOUNT_ATTR_NOATIME),
	SAME(MOUNT_ATTR_STRICTATIME), SAME(MOUNT_ATTR_NODIRATIME), SAME(MOUNT_ATTR_NOSYMFOLLOW), SAME(MOUNT_ATTR__ATIME),
};

static const struct name propagations[] = { SAME(MS_PRIVATE), SAME(MS_SHARED), SAME(MS_SLAVE), SAME(MS_UNBINDABLE), SAME(MS_REC) };

static const struct name attachments[] = { { "follow", ATTACH_FOLLOW }, { "nofollow", ATTACH_NOFOLLOW }, { "ordinary", ATTACH_ORDINARY } };

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
	[TABLE_PERSONALITY] = { "personality", NAMES(personalities) },
	[TABLE_DENIAL] = { "denial", NAMES(denials) },
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
