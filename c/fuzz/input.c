/* Takes inputs of fuzzers apart, and makes the files that parsers read. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

uint8_t input_byte(struct input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

static char *take(struct input *input, size_t length)
{
	char *text = malloc(length + 1);
	REQUIRE(text);
	if (length)
		memcpy(text, input->data, length);
	text[length] = '\0';
	input->data += length;
	input->size -= length;
	return text;
}

char *input_text(struct input *input, uint8_t end)
{
	const uint8_t *found = input->size ? memchr(input->data, end, input->size) : NULL;
	char *text = take(input, found ? (size_t)(found - input->data) : input->size);
	if (found)
		input_byte(input);
	return text;
}

char *input_rest(struct input *input, size_t *length)
{
	const uint8_t *nul = input->size ? memchr(input->data, '\0', input->size) : NULL;
	*length = nul ? (size_t)(nul - input->data) : input->size;
	return take(input, *length);
}

static char directory_path[64];
static pid_t maker;

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status, (void)kind, (void)place;
	return remove(path);
}

static void remove_directory(void)
{
	if (getpid() == maker)
		nftw(directory_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int input_directory(const char **path)
{
	static int directory = -1;
	if (directory < 0) {
		snprintf(directory_path, sizeof(directory_path), "%s/tsrun-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		REQUIRE(mkdtemp(directory_path));
		maker = getpid();
		atexit(remove_directory);
		directory = open(directory_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		REQUIRE(directory >= 0);
	}
	if (path)
		*path = directory_path;
	return directory;
}

void input_file(int directory, const char *name, const void *data, size_t size)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}
