/*
 * The words that TypeScript wrote beforehand for who asks about a container (src/state/summary.ts): line 1 the directory of its cgroup (or
 * nothing), line 2 whether its pid namespace is its own, then what `state` prints, with %PID% and %STATUS% where they go.
 */
#include "summary.h"

#include <stdio.h>
#include <string.h>

#include "poison.h"

bool summary_parse(char *text, size_t length, struct summary *summary)
{
	char *second = strchr(text, '\n'), *third = second ? strchr(second + 1, '\n') : NULL;
	/* A torn one has no end. */
	if (!third || length < 2 || strcmp(text + length - 2, "}\n") != 0)
		return false;
	*second = *third = '\0';
	*summary = (struct summary){ .cgroup = text, .pid_namespace = second + 1, .text = third + 1 };
	return true;
}

int summary_print(const struct summary *summary, pid_t pid, const char *status, char *text, size_t size)
{
	static const char pid_gap[] = "%PID%", status_gap[] = "%STATUS%";
	const char *first = strstr(summary->text, pid_gap), *second = first ? strstr(first, status_gap) : NULL;
	if (!second)
		return -1;
	const char *middle = first + sizeof(pid_gap) - 1;
	int length = snprintf(text, size, "%.*s%d%.*s%s%s", (int)(first - summary->text), summary->text, (int)pid, (int)(second - middle), middle,
			      status, second + sizeof(status_gap) - 1);
	return length < (int)size ? length : -1;
}
