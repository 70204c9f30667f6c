/*
 * What init does to its own namespaces. The ones it is born in are made by clone3 in process.c; here are those that have to be
 * entered from inside: by path, cgroup (its root is the cgroup one is in when it is made), and time (offsets come first).
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "poison.h"

#define NEW_TIME 0x80 /* CLONE_NEWTIME, kernel 5.6 */

int namespaces_join(struct walk *walk, enum namespace_type type)
{
	/* The joining stage of process.c entered it before init was born. */
	if (type == NS_USER || walk->namespaces[type] < 0)
		return 0;
	if (setns(walk->namespaces[type], 0) < 0)
		return report_set("setns", NULL);
	descriptor_close(&walk->namespaces[type]);
	return 0;
}

int namespaces_become_root(enum groups groups)
{
	/* The id maps are written: nobody needs this process's files in /proc any more (helper.c, prepare()). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return report_set("prctl", "PR_SET_DUMPABLE");
	/* EPERM: the namespace denies setgroups (user_namespaces(7)); the groups then stay those of who made it. */
	if (groups == GROUPS_DROP && setgroups(0, NULL) < 0 && errno != EPERM)
		return report_set("setgroups", NULL);
	if (setresgid(0, 0, 0) < 0)
		return report_set("setresgid", NULL);
	if (setresuid(0, 0, 0) < 0)
		return report_set("setresuid", NULL);
	return 0;
}

int namespaces_let_in(void)
{
	/* Who is let in can look at our descriptors as well: with a procfs of the host among them nobody is. */
	if (!procfs_is_own())
		return 0;
	return prctl(PR_SET_DUMPABLE, 1) < 0 ? report_set("prctl", "PR_SET_DUMPABLE") : 0;
}

int namespaces_unshare(uint64_t namespaces)
{
	return unshare((int)namespaces) < 0 ? report_set("unshare", NULL) : 0;
}

int namespaces_unshare_time(const char *offsets)
{
	if (unshare(NEW_TIME) < 0)
		return report_set("unshare", "time namespace");
	if (*offsets && procfs_write("self/timens_offsets", offsets, strlen(offsets)) < 0)
		return report_set("write", "timens_offsets");
	/* unshare made it for children only: time_namespaces(7). */
	owned_fd fd = openat(procfs_root(), "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, NEW_TIME) < 0)
		return report_set("setns", "time namespace");
	return 0;
}

int namespaces_raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	owned_fd fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return report_set("socket", NULL);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return report_set("ioctl", "SIOCGIFFLAGS lo");
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return report_set("ioctl", "SIOCSIFFLAGS lo");
	return 0;
}
