/* What answers about a container without the engine. */
#ifndef TSRUN_SUMMARY_H
#define TSRUN_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct summary { /* in the text that was parsed */
	const char *cgroup;        /* "" where there is none */
	const char *pid_namespace; /* "own", or something else */
	const char *text;
};
/* Of `length` bytes and a NUL, which it changes; false where they are none. */
bool summary_parse(char *text, size_t length, struct summary *summary);
/* What `state` prints, and its length; -1 where the summary has no place for it. */
int summary_print(const struct summary *summary, pid_t pid, const char *status, char *text, size_t size);

#endif
