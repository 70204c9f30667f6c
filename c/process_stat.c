/*
 * What tells a process from a later one of its pid, as text: proc_pid_stat(5), in which the process chooses the second field itself, and
 * the files of the state directory that keep a pid and a start time. It reads text and nothing else.
 */
#include "process_stat.h"

#include <stdlib.h>
#include <string.h>

#include "poison.h"

#define FIELD_NAME 2
#define FIELD_START 22

bool process_stat_parse(char *text, struct process_stat *stat)
{
	/* The name may hold anything, also ")": the last parenthesis ends it. */
	char *name = strchr(text, '('), *end = strrchr(text, ')'), *field = end;
	if (!name || !end || end < name || end[1] != ' ' || !end[2])
		return false;
	for (int number = FIELD_NAME; field && number < FIELD_START; number++)
		field = strchr(field + 1, ' ');
	if (!field)
		return false;
	*end = '\0';
	*stat = (struct process_stat){ .name = name + 1, .state = end[2], .start = strtoull(field + 1, NULL, 10) };
	return true;
}

bool process_identity_parse(const char *text, pid_t *pid, uint64_t *start)
{
	char *rest;
	long number = strtol(text, &rest, 10);
	*start = strtoull(rest, NULL, 10);
	*pid = (pid_t)number;
	return *pid > 0 && *pid == number && *start > 0;
}
