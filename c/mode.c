/*
 * The helper's modes.
 */
#define _GNU_SOURCE
#include "mode.h"

#include <stddef.h>
#include <string.h>

#include "poison.h"

static const struct mode modes[] = {
	{ .name = "create", .creates = true },
	{ .name = "run", .creates = true, .starts = true, .supervises = true, .tears_down = true },
	{ .name = "run-keep", .creates = true, .starts = true, .supervises = true },
	{ .name = "run-detach", .creates = true, .starts = true },
	{ .name = "start", .starts = true },
	{ .name = "teardown", .tears_down = true },
	{ .name = "discard", .tears_down = true, .discards = true },
	{ .name = "finish", .tears_down = true, .discards = true, .finishes = true },
	{ .name = "kill", .kills = true },
	{ .name = "kill-all", .kills = true },
	{ .name = "pause", .freezes = true },
	{ .name = "resume", .thaws = true },
	{ .name = "update", .updates = true, .undoes = true },
	{ .name = "rollback", .undoes = true },
	{ .name = "exec", .executes = true, .supervises = true },
	{ .name = "exec-detach", .executes = true },
	{ .name = "collect", .collects = true },
};

const struct mode *mode_find(const char *text)
{
	size_t length = strcspn(text, "=");
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strlen(modes[i].name) == length && strncmp(modes[i].name, text, length) == 0)
			return &modes[i];
	return NULL;
}
