/*
 * Who the program is: session keyring, names, sysctls, user, groups, capabilities. Every value comes from the plan; here is only what
 * the kernel demands of the order within one operation. Nothing here raises a privilege.
 */
#define _GNU_SOURCE
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define MOST_CAPABILITIES 64 /* the sets of capset(2) have 64 bits */
/* keyctl(2), "permissions"; the kernel has them in no header for us. */
#define KEY_POS_ALL 0x3f000000ul
#define KEY_USR_VIEW 0x00010000ul
#define KEY_USR_READ 0x00020000ul
#define KEY_USR_SEARCH 0x00080000ul
#define KEY_USR_LINK 0x00100000ul

#define MOST_CPUS 8192       /* CONFIG_NR_CPUS of the largest kernels (MAXSMP) */

int identity_join_keyring(const char *name)
{
	/* As the kernel makes it, and for its owner to be searched: without that right nobody joins it by its name (keyctl(2)). */
	const unsigned long searchable = KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_LINK | KEY_USR_SEARCH;
	long keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, *name ? name : NULL);
	if (keyring >= 0)
		return syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, searchable) < 0 ? report_set("keyctl", "KEYCTL_SETPERM") : 0;
	/* ENOSYS: a kernel without keys (CONFIG_KEYS) has no keyring of the caller's to keep away either. */
	if (errno == ENOSYS)
		return 0;
	return report_set("keyctl", "KEYCTL_JOIN_SESSION_KEYRING %s", name);
}

int identity_set_hostname(const char *name)
{
	return sethostname(name, strlen(name)) < 0 ? report_set("sethostname", NULL) : 0;
}

int identity_set_domainname(const char *name)
{
	return setdomainname(name, strlen(name)) < 0 ? report_set("setdomainname", NULL) : 0;
}

int identity_write_sysctl(const char *path, const char *value)
{
	char full[PATH_MAX];
	/* A sysctl's name never leads out of /proc/sys. */
	for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return report_refuse("not below /proc/sys", "%s", path);
	if (snprintf(full, sizeof(full), "sys/%s", path) >= (int)sizeof(full))
		return report_refuse("path too long", NULL);
	return procfs_write(full, value, strlen(value)) < 0 ? report_set("write", "/proc/%s", full) : 0;
}

int identity_reset_affinity(void)
{
	unsigned char all[MOST_CPUS / 8];
	memset(all, 0xff, sizeof(all));
	/* The kernel cuts the mask down to the CPUs of the cpuset: sched_setaffinity(2). */
	if (syscall(SYS_sched_setaffinity, 0, sizeof(all), all) >= 0)
		return 0;
	switch (errno) {
	case EINVAL: /* none of these CPUs may be used: the cpuset decides alone then, and it does so anyhow */
	case EPERM:  /* a filter around tsrun (an outer container's seccomp) forbids it: its affinity is meant to stay */
		return 0;
	default:
		return report_set("sched_setaffinity", NULL);
	}
}

static bool parse_cpu(const char *text, unsigned *cpu)
{
	unsigned number = 0;
	for (const char *digit = text; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		number = number * 10 + (unsigned)(*digit - '0');
		if (number >= MOST_CPUS)
			return false;
	}
	*cpu = number;
	return *text != '\0';
}

int identity_set_affinity(char **cpus)
{
	unsigned char mask[MOST_CPUS / 8] = { 0 };
	unsigned cpu;
	for (; *cpus; cpus++) {
		if (!parse_cpu(*cpus, &cpu))
			return report_refuse("bad CPU", "%s", *cpus);
		mask[cpu / 8] |= (unsigned char)(1u << cpu % 8);
	}
	return syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask) < 0 ? report_set("sched_setaffinity", NULL) : 0;
}

int identity_set_no_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? report_set("prctl", "PR_SET_NO_NEW_PRIVS") : 0;
}

int identity_lower_limit(unsigned resource, uint64_t soft, uint64_t hard)
{
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };
	return setrlimit((__rlimit_resource_t)resource, &limit) < 0 ? report_set("setrlimit", NULL) : 0;
}

int identity_set_personality(uint64_t persona)
{
	return personality((unsigned long)persona) < 0 ? report_set("personality", NULL) : 0;
}

/* -1 behind the kernel's last capability (EINVAL) and where a filter denies the question, 1 when the bounding set has it. */
static int in_bounding_set(unsigned capability)
{
	return prctl(PR_CAPBSET_READ, (unsigned long)capability, 0, 0, 0);
}

int identity_set_bounding_capabilities(uint64_t keep)
{
	for (unsigned i = 0; i < MOST_CAPABILITIES; i++) {
		int found = in_bounding_set(i);
		if (found < 0 && errno == EINVAL)
			return 0;
		if (found < 0)
			return report_set("prctl", "PR_CAPBSET_READ");
		uint64_t bit = UINT64_C(1) << i;
		const char *name = name_of(TABLE_CAP, bit);
		/* Also those that have no name here: a newer kernel's capability is not in any plan, so it is dropped. */
		if (found && !(keep & bit) && prctl(PR_CAPBSET_DROP, (unsigned long)i, 0, 0, 0) < 0)
			return report_set("prctl", "PR_CAPBSET_DROP %s", name ? name : "of an unknown capability");
	}
	return 0;
}

/* user_namespaces(7): an unprivileged mapping needs "deny", and then nobody inside can change his groups. */
static bool groups_are_denied(void)
{
	char text[8] = { 0 };
	int directory = procfs_root();
	owned_fd fd = directory < 0 ? -1 : openat(directory, "self/setgroups", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strncmp(text, "deny", 4) == 0;
}

/* Adds what one text means: a number, or all that were found. */
static int add_groups(const struct walk *walk, const char *text, gid_t *groups, size_t *count)
{
	if (strcmp(text, "found") != 0)
		return user_parse_id(text, &groups[(*count)++]) ? 0 : report_refuse("bad group", "%s", text);
	if (walk->found_user && walk->found_user->group_count > 0)
		memcpy(groups + *count, walk->found_user->groups, walk->found_user->group_count * sizeof(*groups));
	*count += walk->found_user ? walk->found_user->group_count : 0;
	return 0;
}

static int set_groups(const struct walk *walk, char **texts)
{
	size_t most = 1, count = 0;
	if (*texts && strcmp(*texts, "kept") == 0)
		return 0;
	for (char **text = texts; *text; text++)
		most += strcmp(*text, "found") == 0 && walk->found_user ? walk->found_user->group_count : 1;
	gid_t *groups = calloc(most, sizeof(*groups));
	if (!groups)
		return report_set("malloc", NULL);
	int result = 0;
	for (char **text = texts; *text && result == 0; text++)
		result = add_groups(walk, *text, groups, &count);
	/* With no groups as well: the caller's supplementary groups must not stay (CVE-2022-2989). */
	if (result == 0 && setgroups(count, groups) < 0) {
		int error = errno;
		/* EPERM, and none are wanted: there are none to drop, or the namespace denies it and the caller's are all unmapped. */
		bool harmless = error == EPERM && count == 0 && (getgroups(0, NULL) == 0 || groups_are_denied());
		errno = error;
		result = harmless ? 0 : report_set("setgroups", NULL);
	}
	free(groups);
	return result;
}

int identity_set_user(struct walk *walk, uid_t uid, gid_t gid, char **groups)
{
	if ((uid == FOUND_ID || gid == FOUND_ID) && !walk->found_user)
		return report_refuse("no user was found", NULL);
	uid = uid == FOUND_ID ? walk->found_user->uid : uid;
	gid = gid == FOUND_ID ? walk->found_user->gid : gid;
	/* Leaving uid 0 would clear the permitted set before set-capabilities can choose from it: capabilities(7). execve clears this. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return report_set("prctl", "PR_SET_KEEPCAPS");
	if (set_groups(walk, groups) < 0)
		return -1;
	if (setresgid(gid, gid, gid) < 0)
		return report_set("setresgid", "%u", gid);
	if (setresuid(uid, uid, uid) < 0)
		return report_set("setresuid", "%u", uid);
	return 0;
}

static uint64_t joined(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static uint64_t bounding_set(void)
{
	uint64_t set = 0;
	int found;
	for (unsigned i = 0; i < MOST_CAPABILITIES && (found = in_bounding_set(i)) >= 0; i++)
		set |= (uint64_t)found << i;
	return set;
}

static int set_ambient(uint64_t ambient)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return report_set("prctl", "PR_CAP_AMBIENT_CLEAR_ALL");
	for (unsigned i = 0; i < MOST_CAPABILITIES; i++) {
		if (!(ambient >> i & 1) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)i, 0, 0) >= 0)
			continue;
		/* EPERM: the caller's SECBIT_NO_CAP_AMBIENT_RAISE (capabilities(7)). Not grantable is no error, see below. */
		if (errno != EPERM)
			return report_set("prctl", "PR_CAP_AMBIENT_RAISE %s", name_of(TABLE_CAP, UINT64_C(1) << i));
	}
	return 0;
}

/*
 * What cannot be granted is left out, which the runtime-spec (config.md, process.capabilities) makes a warning, and TypeScript has
 * given it. The rules for what can be are those of capset(2) and, for ambient, of capabilities(7).
 */
int identity_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	if (syscall(SYS_capget, &header, data) < 0)
		return report_set("capget", NULL);
	uint64_t have = joined(data[0].permitted, data[1].permitted);
	uint64_t have_inheritable = joined(data[0].inheritable, data[1].inheritable);
	permitted &= have;
	effective &= permitted;
	inheritable &= (have | have_inheritable) & bounding_set();
	ambient &= permitted & inheritable;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i] = (struct __user_cap_data_struct){ .effective = (uint32_t)(effective >> 32 * i), .permitted = (uint32_t)(permitted >> 32 * i),
							   .inheritable = (uint32_t)(inheritable >> 32 * i) };
	if (syscall(SYS_capset, &header, data) < 0)
		return report_set("capset", NULL);
	if (set_ambient(ambient) < 0)
		return -1;
	return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? report_set("prctl", "PR_SET_KEEPCAPS") : 0;
}
