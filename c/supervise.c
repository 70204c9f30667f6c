/*
 * A foreground run: hands signals on to the container's init and waits until it has ended. Its status is the only thing it answers
 * with; it starts nothing, and ends nothing of its own accord.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* Reaps all that is dead (the helper is a subreaper, so orphans of hooks arrive here too). True when init was among them. */
static bool reap_all(pid_t init, int *status, bool *childless)
{
	bool found = false;
	for (;;) {
		int one;
		pid_t pid = waitpid(-1, &one, WNOHANG);
		if (pid == init) {
			*status = one;
			found = true;
		}
		if (pid > 0)
			continue;
		/* 0: the others live. ECHILD: there are none. waitpid(2) has no other answer with WNOHANG. */
		*childless = pid < 0;
		return found;
	}
}

static bool is_forwarded(int signal)
{
	switch (signal) {
	case SIGCHLD:  /* about our children, not the program's */
	case SIGWINCH: /* of our terminal; a container's own terminal is told by its size (tty_ioctl(4)) */
	case SIGURG:   /* of our sockets, and ignored by default: nobody sends it on purpose */
	case SIGPIPE:  /* of our writes */
		return false;
	default:
		return true;
	}
}

/* What came for the program after its end: it would hit the helper as soon as the mask is restored, in the middle of a teardown. */
static void drop_pending(const sigset_t *all)
{
	static const struct timespec at_once;
	while (sigtimedwait(all, NULL, &at_once) > 0)
		;
}

int supervise(pid_t init, int *status)
{
	sigset_t all, before;
	bool childless = false;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return report_set("sigprocmask", NULL);
	/* init may have ended before the signals were blocked: so first reap, then wait. */
	while (!reap_all(init, status, &childless)) {
		if (childless) {
			sigprocmask(SIG_SETMASK, &before, NULL);
			return report_refuse("not a child", "init %d", (int)init);
		}
		int signal = sigwaitinfo(&all, NULL);
		/*
		 * EINTR only: a stop and SIGCONT (signal(7)). To kill(2) by number is safe, the pid is our unreaped child's. ESRCH cannot
		 * be while it is unreaped; EPERM (a set-user-ID program outside our user namespace) has nobody to be told to.
		 */
		if (signal > 0 && is_forwarded(signal))
			kill(init, signal);
	}
	drop_pending(&all);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return 0;
}
