/*
 * A filter of system calls that comes as instructions, from the plan. TypeScript has checked them by the kernel's rules, which the kernel
 * applies once more when it is loaded.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "poison.h"

#define BYTES sizeof(struct sock_filter)

static bool parse_byte(const char *digits, unsigned char *byte)
{
	static const char alphabet[] = "0123456789abcdef";
	const char *high = memchr(alphabet, digits[0], sizeof(alphabet) - 1), *low = memchr(alphabet, digits[1], sizeof(alphabet) - 1);
	if (high && low)
		*byte = (unsigned char)((high - alphabet) << 4 | (low - alphabet));
	return high && low;
}

int filter_take(struct walk *walk, const char *digits)
{
	struct program program = { .instructions = NULL };
	size_t length = strlen(digits), count = length / (2 * BYTES);
	if (count == 0 || length % (2 * BYTES) != 0 || count > BPF_MAXINSNS)
		return report_refuse("bad filter", "%zu digits", length);
	if (!program_extend(&program, count))
		return -1;
	unsigned char *bytes = (unsigned char *)program.instructions;
	for (size_t i = 0; i < count * BYTES; i++)
		if (!parse_byte(digits + 2 * i, &bytes[i])) {
			free(program.instructions);
			return report_refuse("bad filter", "byte %zu", i);
		}
	walk->filter.instructions = program.instructions;
	walk->filter.count = (unsigned short)count;
	return 0;
}
