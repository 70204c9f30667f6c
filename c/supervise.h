/*
 * What a foreground run attends to beside the signals: each thing is a source of the one loop in supervise.c.
 */
#ifndef TSRUN_SUPERVISE_H
#define TSRUN_SUPERVISE_H

#include "tsrun.h"

#include <poll.h>

#define SOURCES_MOST 4
#define SOURCE_POLLS 4

/*
 * Nothing here may wait: whatever it does, no signal is handled meanwhile. A time to wait for is a timerfd among its descriptors. A
 * source that fails ends by itself and puts no descriptor any more: it never ends the supervision.
 */
struct source {
	void *state;
	/* Before each wait: puts what it waits for (at most SOURCE_POLLS, -1 for none) and answers how many. */
	unsigned (*prepare)(void *state, struct pollfd *polls);
	/* After it: the same entries, with what happened to them. */
	void (*serve)(void *state, const struct pollfd *polls);
	/* A signal that came to tsrun. True: it was meant for the source, and is not forwarded to init. May be NULL. */
	bool (*take_signal)(void *state, int number);
	/* Asked once init has ended, before each wait: true when nothing is left to be done. NULL: nothing ever is. */
	bool (*is_finished)(void *state);
};

/*
 * Forwards signals to init, reaps, serves the sources, and answers init's wait status. Once init has ended the sources finish; a signal
 * that ends commands has them leave it.
 */
int supervise(pid_t init, const struct source *const *sources, size_t count, int *status);

#endif
