/*
 * libFuzzer's entry to what cgroups tell: files of "KEY NUMBER", lines of controllers, /proc/PID/cgroup, and paths that are walked. A container
 * chooses the names of cgroups below its own.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void walk_path(const char *path)
{
	char name[NAME_MAX + 1];
	const char *end = path + strlen(path);
	int taken;
	while ((taken = cgroup_take_component(&path, name)) > 0)
		REQUIRE(*name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && path <= end);
	REQUIRE(taken < 0 || *path == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = { "populated", "frozen", "oom_kill", "max", "cpu", "memory", "a" };
	struct input input = { data, size };
	const char *word = words[input_byte(&input) % (sizeof(words) / sizeof(*words))];
	size_t length;
	char *text = input_rest(&input, &length);
	long long number = cgroup_read_key(text, word);
	REQUIRE(number == -1 || strstr(text, word));
	REQUIRE(!cgroup_has_word(text, word) || strstr(text, word));
	walk_path(text);
	char *path = cgroup_path_of_process(text);
	if (path) {
		REQUIRE(path >= text + 3 && path <= text + length && !strchr(path, '\n'));
		walk_path(path);
	}
	free(text);
	return 0;
}
