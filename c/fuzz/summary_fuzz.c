/* libFuzzer's entry to the summary of a container: byte 1 chooses how much room there is for the answer. */
#include "fuzz.h"
#include "summary.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	size_t room = (size_t)input_byte(&input) * 4 + 1, length;
	char *text = input_rest(&input, &length), *answer = malloc(room);
	REQUIRE(answer);
	struct summary summary;
	if (summary_parse(text, length, &summary)) {
		int printed = summary_print(&summary, INT_MAX, "stopped", answer, room);
		REQUIRE(printed < 0 || (size_t)printed == strlen(answer));
		REQUIRE(strlen(summary.cgroup) + strlen(summary.pid_namespace) + strlen(summary.text) + 2 == length);
	}
	free(answer);
	free(text);
	return 0;
}
