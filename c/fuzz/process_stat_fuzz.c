/* libFuzzer's entry to proc_pid_stat(5), whose name a process chooses, and to "PID START" of the state directory. */
#include "fuzz.h"
#include "process_stat.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	size_t length;
	char *text = input_rest(&input, &length);
	pid_t pid;
	uint64_t start;
	if (process_identity_parse(text, &pid, &start))
		REQUIRE(pid > 0 && start > 0);
	struct process_stat stat;
	if (process_stat_parse(text, &stat))
		REQUIRE(stat.name > text && stat.name + strlen(stat.name) < text + length && stat.state);
	free(text);
	return 0;
}
