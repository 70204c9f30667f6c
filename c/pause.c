/*
 * What holds a pod together: reaps whatever is orphaned to it and waits to be told to go. As PID 1 of a pod's pid namespace it
 * passes SIGTERM and SIGINT on to the others before it leaves, so they may end in order. It starts nothing and opens nothing.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poison.h"

static void reap_all(void)
{
	/* Ends with 0 (children, none of them dead) or ECHILD (none at all): both mean that there is nothing left to reap. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int pause_main(void)
{
	sigset_t awaited;
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	signals_reset();
	/*
	 * PID 1 is not hit by signals it does not handle (pid_namespaces(7)), but sigwait(3) takes blocked ones. SIGCHLD is blocked
	 * before the first reaping, so a child that ends in between is not missed.
	 */
	if (sigprocmask(SIG_BLOCK, &awaited, NULL) < 0)
		return 1;
	/*
	 * Not PID 1 (each container has a pid namespace of its own): orphans of what was started beneath come here all the same.
	 * EINVAL would be a kernel before 3.4, and then nothing is orphaned to a pause that has no children.
	 */
	bool first = getpid() == 1;
	if (!first && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 && errno != EINVAL)
		return 1;
	for (;;) {
		int signal;
		reap_all();
		if (sigwait(&awaited, &signal) != 0 || signal == SIGCHLD)
			continue;
		/* kill(-1) is all but PID 1 itself; as any other process it would be everybody this user may signal. ESRCH: nobody there. */
		if (first)
			kill(-1, SIGTERM);
		return 0;
	}
}
