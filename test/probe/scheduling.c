/* The scheduling of the caller. */
#define _GNU_SOURCE
#include "probe.h"
#include <linux/ioprio.h>
#include <linux/sched/types.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What sched_getattr(2) and ioprio_get(2) tell of the caller. */
int scheduling(char **args)
{
	struct sched_attr has = { .size = sizeof(has) };
	(void)args;
	if (syscall(SYS_sched_getattr, 0, &has, sizeof(has), 0) < 0)
		return failed("sched_getattr");
	long io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
	printf("{\"policy\": %u, \"flags\": %llu, \"nice\": %d, \"priority\": %u, ", has.sched_policy, (unsigned long long)has.sched_flags,
	       has.sched_nice, has.sched_priority);
	printf("\"runtime\": %llu, \"deadline\": %llu, \"period\": %llu, ", (unsigned long long)has.sched_runtime,
	       (unsigned long long)has.sched_deadline, (unsigned long long)has.sched_period);
	printf("\"ioClass\": %ld, \"ioLevel\": %ld}\n", io >> IOPRIO_CLASS_SHIFT, io & 7);
	return 0;
}
