/*
 * The way to the engine: beside this program, or Node in a checkout that has only been through tsc. It must not look anywhere that the
 * caller's environment or current directory could name.
 */
#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "/tsrun-engine"

int engine_missing(const char *format, ...)
{
	char message[PATH_MAX + 512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	dprintf(STDERR_FILENO, "tsrun: %s\n", message);
	return 1;
}

bool engine_find(char engine[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", engine, PATH_MAX - sizeof(NAME));
	if (length < 0)
		return false;
	if (length == 0 || engine[0] != '/') {
		errno = ENOENT;
		return false;
	}
	engine[length] = '\0';
	strcpy(strrchr(engine, '/'), NAME);
	return true;
}

/* Executes the first "node" there is with `argv`; returns when there is none. */
static void execute_node(char **argv, char **environment)
{
	static const char *const places[] = { "/usr/bin/node", "/usr/local/bin/node" };
	char path[PATH_MAX];
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		execve(places[i], argv, environment);
	const char *search = getenv("PATH");
	for (const char *next = search; next; ) {
		size_t length = strcspn(next, ":");
		/* Only absolute entries: a relative one would mean the current directory, which is "/" by now. */
		if (*next == '/' && snprintf(path, sizeof(path), "%.*s/node", (int)length, next) < (int)sizeof(path))
			execve(path, argv, environment);
		next = next[length] ? next + length + 1 : NULL;
	}
}

static void execute_script(const char *engine, int argc, char **argv, char **environment)
{
	static char script[PATH_MAX + 32], name[] = "node";
	char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));
	if (!arguments)
		return;
	snprintf(script, sizeof(script), "%.*s/../dist/cli/engine.js", (int)(strlen(engine) - strlen(NAME)), engine);
	if (access(script, R_OK) == 0) {
		arguments[0] = name;
		arguments[1] = script;
		for (int i = 1; i < argc; i++)
			arguments[i + 1] = argv[i];
		execute_node(arguments, environment);
	}
	free(arguments);
}

int engine_execute(const char *engine, int argc, char **argv, char **environment)
{
	execve(engine, argv, environment);
	int error = errno;
	/* ENOENT is also what execve(2) answers when the file is there and its loader is not. */
	if (error == ENOENT && access(engine, F_OK) < 0) {
		execute_script(engine, argc, argv, environment);
		return engine_missing("cannot execute \"%s\": no such file (ENOENT): it belongs beside tsrun, and is made by \"npm run build\"", engine);
	}
	return engine_missing("cannot execute \"%s\": %s (%s)%s", engine, strerrordesc_np(error), strerrorname_np(error),
			      error == ENOENT ? ": the dynamic loader it names does not exist" : "");
}
