/*
 * libFuzzer's entry to filters that were kept: byte 1 says how much of a good file stays at the beginning, the rest replaces what follows. What is
 * found must be whole; that it is what was kept is for the checksum, which the fuzzer can only copy.
 */
#define _GNU_SOURCE
#include "filter.h"
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTRUCTIONS 3

static const struct filter_key key = { (char *)(uintptr_t)"tsrun-filter 1", 14 };

/* The one file in the cache, as filter_keep has written it. */
static int open_kept(int directory)
{
	char name[32];
	for (unsigned i = 0; i < 256; i++) {
		snprintf(name, sizeof(name), ".seccomp/%02x", i);
		int fd = openat(directory, name, O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sock_filter instructions[INSTRUCTIONS] = { { 0x20, 0, 0, 0 }, { 0x15, 0, 1, 39 }, { 0x06, 0, 0, 0x7fff0000 } };
	struct input input = { data, size };
	uint8_t kept = input_byte(&input);
	int directory = input_directory(NULL);
	mkdirat(directory, "container", 0700);
	int state = openat(directory, "container", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(state >= 0);
	filter_keep(state, &key, &(struct program){ .instructions = instructions, .count = INSTRUCTIONS });
	int file = open_kept(directory);
	REQUIRE(file >= 0 && ftruncate(file, kept) == 0 && pwrite(file, input.data, input.size, kept) == (ssize_t)input.size);
	close(file);
	struct program found = { .instructions = NULL };
	if (filter_find(state, &key, &found))
		REQUIRE(found.count > 0 && found.count <= BPF_MAXINSNS && found.instructions);
	free(found.instructions);
	close(state);
	return 0;
}
