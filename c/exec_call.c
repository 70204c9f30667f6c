/*
 * The command line of an `exec` that needs no decision: a program and its arguments, or a document, and flags whose values go into the plan as they are. It
 * must never guess: every other flag, and every value that the engine would look at twice, is left to the engine.
 */
#define _GNU_SOURCE
#include "exec_template.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "poison.h"

/* The value of a flag in any of its forms, `--NAME VALUE`, `--NAME=VALUE`, `-LETTER VALUE`; NULL where `*argument` is not this flag. */
static char *take_value(char ***argument, const char *name, const char *letter)
{
	char *text = **argument;
	size_t length = strlen(name);
	bool is_long = strncmp(text, "--", 2) == 0 && strncmp(text + 2, name, length) == 0;
	if (is_long && text[2 + length] == '=')
		return text + 3 + length;
	if (!(is_long && text[2 + length] == '\0') && !(letter && strcmp(text, letter) == 0))
		return NULL;
	/* Whatever the next argument looks like, it is the value; without one the command line is wrong. */
	return (*argument)[1] ? *++*argument : NULL;
}

/* The same ids as readId() of src/cli/exec.ts, in the form that the plan has them in: (uid_t)-1 is none. */
static bool is_number(const char *text, size_t length)
{
	if (length == 0 || length > 10 || strspn(text, "0123456789") < length || (text[0] == '0' && length > 1))
		return false;
	return strtoull(text, NULL, 10) < 4294967295;
}

/* `UID` or `UID:GID`. */
static bool read_user(const char *text, struct exec_call *call)
{
	size_t length = strcspn(text, ":");
	const char *gid = text[length] ? text + length + 1 : NULL;
	if (!is_number(text, length) || (gid && !is_number(gid, strlen(gid))))
		return false;
	memcpy(call->uid, text, length);
	call->uid[length] = '\0';
	call->gid = gid;
	return true;
}

/* What resolveCallerPath() of src/host/caller.ts leaves as it is. */
static bool is_resolved(const char *path)
{
	size_t length = strlen(path);
	return path[0] == '/' && length > 1 && length < PATH_MAX && path[length - 1] != '/' && !strstr(path, "//") && !strstr(path, "/.");
}

/* A flag and its value: true where it is one of these and its value plain. */
static bool read_flag(char ***argument, struct exec_call *call)
{
	char *value;
	if (strcmp(**argument, "--detach") == 0 || strcmp(**argument, "-d") == 0) {
		call->detached = true;
		return true;
	}
	if ((value = take_value(argument, "env", "-e"))) {
		call->env[call->env_count++] = value;
		return true;
	}
	if ((value = take_value(argument, "cwd", NULL))) {
		call->cwd = value;
		return *value == '/';
	}
	if ((value = take_value(argument, "process", "-p"))) {
		call->process = value;
		return *value == '/';
	}
	if ((value = take_value(argument, "pid-file", NULL))) {
		call->pid_file = value;
		return is_resolved(value);
	}
	value = take_value(argument, "user", "-u");
	return value && read_user(value, call);
}

int exec_call_read(char **argv, const char **id, struct exec_call *call)
{
	size_t count = 0;
	while (argv[count])
		count++;
	*call = (struct exec_call){ .env = calloc(count + 1, sizeof(*call->env)) };
	if (!call->env)
		return -1;
	for (; *argv && **argv == '-'; argv++)
		if (!read_flag(&argv, call))
			return -1;
	/* Everything behind the id is the program's, whatever it looks like; a document says all of that itself. */
	if (!argv[0] || (call->process ? argv[1] != NULL : !argv[1] || !*argv[1]))
		return -1;
	*id = argv[0];
	call->args = argv + 1;
	while (call->args[call->arg_count])
		call->arg_count++;
	return 0;
}
