/*
 * The caller's limits are the container's as well, so they are left as they are. But where the engine cannot start under them it would
 * say so in its own words, on pages: a crash report of Bun's for RLIMIT_AS, advice about "ulimit" for RLIMIT_NOFILE.
 */
#define _GNU_SOURCE
#include "caller_limits.h"
#include "engine.h"

#include <stddef.h>
#include <sys/resource.h>

#include "poison.h"

struct need {
	__rlimit_resource_t resource;
	const char *name;
	rlim_t least;
};

/* Measured, with something to spare: test/faults/caller-limits.test.ts shows that they do. */
static const struct need files = { RLIMIT_NOFILE, "RLIMIT_NOFILE", 16 };
static const struct need engine_needs[] = {
	{ RLIMIT_AS, "RLIMIT_AS", 512u << 20 },
	{ RLIMIT_STACK, "RLIMIT_STACK", 512u << 10 },
};
#define ENGINE_NEEDS (sizeof(engine_needs) / sizeof(engine_needs[0]))

static bool check(const struct need *need, bool soft)
{
	struct rlimit limit;
	if (getrlimit(need->resource, &limit) < 0)
		return true;
	rlim_t given = soft ? limit.rlim_cur : limit.rlim_max;
	if (given >= need->least)
		return true;
	engine_missing("cannot work with a limit of %llu (%s, see getrlimit(2)): tsrun itself needs %llu", (unsigned long long)given, need->name,
		       (unsigned long long)need->least);
	return false;
}

bool limits_check_files(void)
{
	/* The soft one: it is passed on to the container, so it is not raised for the helper. */
	return check(&files, true);
}

bool limits_check_engine(void)
{
	for (size_t i = 0; i < ENGINE_NEEDS; i++)
		if (!check(&engine_needs[i], false))
			return false;
	return true;
}

void limits_raise_for_engine(void)
{
	for (size_t i = 0; i < ENGINE_NEEDS; i++) {
		struct rlimit limit;
		if (getrlimit(engine_needs[i].resource, &limit) < 0 || limit.rlim_cur >= engine_needs[i].least)
			continue;
		limit.rlim_cur = engine_needs[i].least;
		setrlimit(engine_needs[i].resource, &limit);
	}
}
