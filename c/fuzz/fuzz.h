/* What fuzzers share. An input that a parser must refuse is no finding; abort(3) is one, and whatever a sanitizer says. */
#ifndef TSRUN_FUZZ_H
#define TSRUN_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what did not hold, and ends with a core. */
#define REQUIRE(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* ---- input.c ---- */

/* An input that is taken apart from its beginning. */
struct input {
	const uint8_t *data;
	size_t size;
};
/* One byte; 0 at the end. */
uint8_t input_byte(struct input *input);
/* What comes before the next byte `end`, or the rest, with a NUL behind it: exactly as much memory as that, to be freed. */
char *input_text(struct input *input, uint8_t end);
/* What is left, as a text that ends with NUL and has none; *length is its length. */
char *input_rest(struct input *input, size_t *length);
/* A directory of this process's own in memory or /tmp, removed at its end; the same at each call. */
int input_directory(const char **path);
/* Makes a file of it, with what it is to hold. */
void input_file(int directory, const char *name, const void *data, size_t size);

#endif
