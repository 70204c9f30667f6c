/* libFuzzer's entry to what a program says to NOTIFY_SOCKET: byte 1 says whether the message is whole. */
#include "fuzz.h"
#include "notify.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	bool whole = input_byte(&input) & 1;
	/* No NUL behind it, as from recv(2). */
	char *text = malloc(input.size ? input.size : 1);
	REQUIRE(text);
	if (input.size)
		memcpy(text, input.data, input.size);
	bool ready = notify_has_ready_line(text, input.size, whole);
	/* The same said the slow way. */
	bool expected = false;
	for (size_t at = 0, end; at < input.size; at = end + 1) {
		for (end = at; end < input.size && text[end] != '\n';)
			end++;
		bool ended = end < input.size || whole;
		expected = expected || (ended && end - at == strlen(NOTIFY_READY) && strncmp(text + at, NOTIFY_READY, end - at) == 0);
	}
	REQUIRE(ready == expected);
	free(text);
	return 0;
}
