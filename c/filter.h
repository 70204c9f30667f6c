/* What the files about filters of system calls share: a program of the kernel's classic BPF. */
#ifndef TSRUN_FILTER_H
#define TSRUN_FILTER_H

#include "tsrun.h"

#include <linux/filter.h>

struct program {
	struct sock_filter *instructions;
	size_t count;
	bool incomplete; /* something was left out that its user is warned of, each time */
};
/* Room for `count` more instructions, to be filled in; NULL after report. */
struct sock_filter *program_extend(struct program *program, size_t count);

/* ---- newer_calls.c ---- */
/*
 * Puts first what answers ENOSYS to every system call with a number above those that the rules from `first` to `last` name, in each
 * architecture: to a C library that tries a new call this means that there is none, and it goes on without; EPERM does not.
 */
int newer_calls_answer(struct program *program, const struct op *first, const struct op *last);

/* ---- filter_cache.c ---- */
struct filter_key { /* all that a filter is made of, as bytes */
	char *text; /* to be freed */
	size_t length;
};
int filter_key(const struct op *first, const struct op *last, struct filter_key *key);
/* A filter that was made of the same before. */
bool filter_find(int state_directory, const struct filter_key *key, struct program *program);
/* Keeps it for the next time, where that is possible. */
void filter_keep(int state_directory, const struct filter_key *key, const struct program *program);

#endif
