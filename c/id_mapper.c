/*
 * newuidmap(1) and newgidmap(1): they may give init ids that this user may use, and nobody else's (subuid(5)), where the kernel lets the
 * helper write only its own. They are setuid programs: what they get is in the plan, and no environment.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poison.h"

#define CALL_TIMEOUT 30000 /* milliseconds: they may have to ask a directory service for the ranges (nsswitch.conf(5)) */

int id_mapper_call(struct walk *walk, char *program, char **ranges)
{
	char pid[16];
	size_t count = 0;
	while (ranges[count])
		count++;
	char **call = calloc(count + 3, sizeof(*call));
	if (!call)
		return report_set("calloc", NULL);
	/* init is our child, and nobody has waited for it: the number is no other process's. */
	snprintf(pid, sizeof(pid), "%d", (int)walk->init);
	call[0] = program;
	call[1] = pid;
	memcpy(call + 2, ranges, count * sizeof(*call));
	struct hook run = { .path = program, .args = call, .timeout = CALL_TIMEOUT, .state = "", .tail = "", .bound = true };
	int result = hook_run(&run, 0, walk->caller.umask);
	free(call);
	return result;
}
