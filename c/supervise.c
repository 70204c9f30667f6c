/*
 * A foreground run: one loop that hands signals on to the container's init, serves what else the run has open (supervise.h), and waits
 * until init has ended. Its status is the only thing it answers with; it starts nothing, and ends nothing of its own accord.
 */
#define _GNU_SOURCE
#include "supervise.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "poison.h"

struct supervision {
	pid_t init;
	const struct source *const *sources;
	size_t count;
	int signals;    /* signalfd(2) of all signals */
	int status;     /* of init, once it has ended */
	bool ended;     /* init was reaped: its pid may be another process by now */
	bool childless; /* there is no child, so init was none of ours */
	bool given_up;  /* a signal came that ends commands, when init had ended */
};

/* Reaps all that is dead: as a subreaper the helper gets the orphans of hooks too. */
static void reap_all(struct supervision *run)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		/* 0: the others live. ECHILD: there are none. waitpid(2) has no other answer with WNOHANG. */
		run->childless = pid < 0;
		if (pid <= 0)
			return;
		if (pid == run->init) {
			run->status = status;
			run->ended = true;
		}
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

static void take_signal(struct supervision *run, int signal)
{
	bool taken = false;
	for (size_t i = 0; i < run->count; i++)
		if (run->sources[i]->take_signal && run->sources[i]->take_signal(run->sources[i]->state, signal))
			taken = true;
	if (taken || !is_forwarded(signal))
		return;
	/*
	 * To kill(2) by number is safe as long as the child is not reaped. ESRCH cannot be until then; EPERM (a set-user-ID program outside
	 * our user namespace) has nobody to be told to.
	 */
	if (!run->ended)
		kill(run->init, signal);
	else if (signal_ends_commands(signal))
		run->given_up = true;
}

static void take_signals(struct supervision *run)
{
	struct signalfd_siginfo taken[8];
	ssize_t got = read(run->signals, taken, sizeof(taken));
	/* Whatever came: lower numbers come first (signalfd(2)), so before SIGCHLD others that are too late for an init that has ended. */
	reap_all(run);
	/* Not blocking, and whole records only (signalfd(2)): without one there is nothing to be done. */
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(*taken); i++)
		take_signal(run, (int)taken[i].ssi_signo);
}

static int attend_once(struct supervision *run)
{
	struct pollfd polls[1 + SOURCES_MOST * SOURCE_POLLS] = { { .fd = run->signals, .events = POLLIN } };
	unsigned first[SOURCES_MOST], count = 1;
	const size_t sources = run->count;
	for (size_t i = 0; i < sources; i++) {
		first[i] = count;
		count += run->sources[i]->prepare(run->sources[i]->state, polls + count);
	}
	if (poll(polls, count, -1) < 0)
		/* EINTR: a stop and SIGCONT (signal(7)), as everything else is blocked. */
		return errno == EINTR ? 0 : report_set("poll", NULL);
	if (polls[0].revents)
		take_signals(run);
	for (size_t i = 0; i < sources; i++)
		run->sources[i]->serve(run->sources[i]->state, polls + first[i]);
	return 0;
}

static bool is_over(const struct supervision *run)
{
	if (!run->ended || run->given_up)
		return run->ended;
	for (size_t i = 0; i < run->count; i++)
		if (run->sources[i]->is_finished && !run->sources[i]->is_finished(run->sources[i]->state))
			return false;
	return true;
}

static int attend(struct supervision *run)
{
	/* init may have ended before the signals were blocked: so first reap, then wait. */
	reap_all(run);
	while (!is_over(run)) {
		if (!run->ended && run->childless)
			return report_refuse("not a child", "init %d", (int)run->init);
		if (attend_once(run) < 0)
			return -1;
	}
	return 0;
}

/* What came for the program after its end: it would hit the helper as soon as the mask is restored, in the middle of a teardown. */
static void drop_pending(const sigset_t *all)
{
	static const struct timespec at_once;
	while (sigtimedwait(all, NULL, &at_once) > 0)
		;
}

int supervise(pid_t init, const struct source *const *sources, size_t count, int *status)
{
	struct supervision run = { .init = init, .sources = sources, .count = count };
	sigset_t all, before;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return report_set("sigprocmask", NULL);
	owned_fd signals = run.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	int result = signals < 0 ? report_set("signalfd", NULL) : attend(&run);
	drop_pending(&all);
	sigprocmask(SIG_SETMASK, &before, NULL);
	*status = run.status;
	return result;
}
