/* A process as /proc/PID/stat and the state directory have it. */
#ifndef TSRUN_PROCESS_STAT_H
#define TSRUN_PROCESS_STAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_stat {
	const char *name; /* in the text */
	char state;       /* Z and X: it has ended */
	uint64_t start;   /* clock ticks since boot */
};
/* Of a text that ends with NUL, which it changes; false where that is none of proc_pid_stat(5). */
bool process_stat_parse(char *text, struct process_stat *stat);
/* "PID START"; false where that is no process. */
bool process_identity_parse(const char *text, pid_t *pid, uint64_t *start);

#endif
