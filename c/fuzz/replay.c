/*
 * Runs a fuzzer's entry on files, and on what is in directories: a corpus once more, with any compiler. libFuzzer has a main of its own.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_BYTES (1u << 20)

static unsigned long count;

static void run_file(const char *path)
{
	static uint8_t room[MOST_BYTES];
	FILE *file = fopen(path, "r");
	if (!file) {
		perror(path);
		exit(1);
	}
	size_t size = fread(room, 1, sizeof(room), file);
	fclose(file);
	/* Exactly as long as it is, so that one byte too far is noticed. */
	uint8_t *data = malloc(size ? size : 1);
	if (!data)
		abort();
	memcpy(data, room, size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	count++;
}

static void run_directory(const char *path)
{
	char name[4096];
	DIR *directory = opendir(path);
	if (!directory) {
		perror(path);
		exit(1);
	}
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		run_file(name);
	}
	closedir(directory);
}

int main(int argc, char **argv)
{
	struct stat status;
	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
			run_directory(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%lu\n", count);
	return 0;
}
