/*
 * The scheduling of init, for processors and for disks, set by the helper from outside: what takes a privilege on the host, a user namespace
 * of the container's does not give.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <linux/ioprio.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

int scheduling_set(pid_t pid, const struct scheduling *wanted)
{
	struct sched_attr attributes = {
		.size = sizeof(attributes),
		.sched_policy = wanted->policy,
		.sched_flags = wanted->flags,
		.sched_nice = wanted->nice,
		.sched_priority = wanted->priority,
		.sched_runtime = wanted->runtime,
		.sched_deadline = wanted->deadline,
		.sched_period = wanted->period,
	};
	return syscall(SYS_sched_setattr, pid, &attributes, 0) < 0 ? report_set("sched_setattr", NULL) : 0;
}

int scheduling_set_io(pid_t pid, unsigned class, unsigned level)
{
	unsigned priority = class << IOPRIO_CLASS_SHIFT | level;
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, priority) < 0 ? report_set("ioprio_set", NULL) : 0;
}
