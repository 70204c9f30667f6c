/*
 * Loads the filter of system calls that the host side has made. From then on every step of init is subject to it, so nothing here may
 * call anything afterwards that could be done before.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

int filter_load(struct walk *walk, uint64_t flags)
{
	struct sock_fprog program = { .len = walk->filter.count, .filter = walk->filter.instructions };
	if (!walk->filter.instructions)
		return report_refuse("no filter", NULL);
	/* Close-on-exec, as seccomp(2) has it. */
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0)
		return report_set("seccomp", NULL);
	if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		walk->own_listener = listener;
	return 0;
}
