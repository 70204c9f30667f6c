/* libFuzzer's entry to hex digits of a plan: the instructions of a filter of system calls. */
#include "fuzz.h"
#include "filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	size_t length;
	char *digits = input_rest(&input, &length);
	struct walk walk = { .filter = { .instructions = NULL } };
	if (filter_take(&walk, digits) == 0)
		REQUIRE(walk.filter.count > 0 && (size_t)walk.filter.count * sizeof(struct sock_filter) * 2 == length);
	else
		REQUIRE(!walk.filter.instructions);
	free(walk.filter.instructions);
	free(digits);
	return 0;
}
