/*
 * Fills in what the template of an exec leaves open: fields that look like `\?NAME=STANDARD` get the caller's value, or what stands behind the
 * `=`. It copies and counts; what any of it means was decided by TypeScript, and the result is read and checked like every plan. What the
 * caller wants and the template has no place for, or has a reservation about, is left to the engine.
 */
#define _GNU_SOURCE
#include "exec_template.h"
#include "tsrun.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poison.h"

/* A filter of system calls has thousands of rules at most; what is larger is for the engine. */
#define MOST_TEMPLATE (4u << 20)
/* How often the value of a flag may be used, for the room that the plan needs. */
#define MOST_USES 4

/* A torn file has another end. */
static const char head[] = "tsrun-exec\t1\t", tail[] = "\nend\t\\?operations=0\n";

enum { PID, START, PROGRAM, CWD, UID, GID, PID_FILE, SCALARS };

struct scalar {
	const char *name, *value; /* NULL: the standard holds */
	bool placed;
};

struct filling {
	const struct exec_call *call;
	struct scalar scalars[SCALARS];
	bool env_placed, args_placed;
	const char *decisive; /* names, each behind a tab: variables that are not merely added */
	unsigned operations;
	char *text;
	size_t length, room;
};

/* Where the room were not enough there would be no plan. */
static bool put(struct filling *filling, const char *text, size_t length)
{
	if (filling->room - filling->length < length)
		return false;
	memcpy(filling->text + filling->length, text, length);
	filling->length += length;
	return true;
}

static bool put_number(struct filling *filling, size_t number)
{
	char text[24];
	return put(filling, text, (size_t)snprintf(text, sizeof(text), "%zu", number));
}

/* With the escapes of a plan. */
static bool put_escaped(struct filling *filling, const char *text)
{
	static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
	for (;;) {
		size_t plain = strcspn(text, special);
		if (!put(filling, text, plain))
			return false;
		text += plain;
		if (!*text)
			return true;
		if (!put(filling, "\\", 1) || !put(filling, letters + (strchr(special, *text) - special), 1))
			return false;
		text++;
	}
}

static bool put_items(struct filling *filling, char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!put(filling, "\t", 1) || !put_escaped(filling, items[i]))
			return false;
	return true;
}

/* True if one of `fields`, each behind a tab, is `name`, or begins with it and then has `end`. */
static bool has_name(const char *fields, const char *name, size_t length, char end)
{
	while ((fields = strchr(fields, '\t'))) {
		fields++;
		if (strncmp(fields, name, length) == 0 && (fields[length] == end || (!end && fields[length] == '\t')))
			return true;
	}
	return false;
}

/* Only a name that is new: of two values of a name one counts, and at its place, and which is for the engine to know. */
static bool is_new_variable(const struct filling *filling, size_t index, const char *known)
{
	char *const *env = filling->call->env;
	size_t length = strcspn(env[index], "=");
	if (length == 0 || !env[index][length] || strcspn(env[index], "\t\n\r\\") < length)
		return false;
	for (size_t i = 0; i < index; i++)
		if (strncmp(env[i], env[index], length + 1) == 0)
			return false;
	return !has_name(known, env[index], length, '=') && !has_name(filling->decisive, env[index], length, '\0');
}

/* `rest` is what stands behind the count of the standard list: its items, which the caller's follow. */
static bool put_env(struct filling *filling, const char *standard, const char *rest)
{
	size_t count = filling->call->env_count;
	for (size_t i = 0; i < count; i++)
		if (!is_new_variable(filling, i, rest))
			return false;
	filling->env_placed = true;
	return put_number(filling, strtoul(standard, NULL, 10) + count) && put(filling, rest, strlen(rest)) &&
	       put_items(filling, filling->call->env, count);
}

static bool put_args(struct filling *filling)
{
	const struct exec_call *call = filling->call;
	filling->args_placed = true;
	return put_number(filling, call->arg_count) && put_items(filling, call->args, call->arg_count);
}

/* `place` is what stands behind `\?`; `rest` is what follows the field, of which a list takes its items: it is the last field of its line. */
static bool put_place(struct filling *filling, const char *place, char **rest)
{
	const char *equals = strchrnul(place, '='), *standard = equals + (*equals != '\0');
	size_t length = (size_t)(equals - place);
	for (size_t i = 0; i < SCALARS; i++) {
		struct scalar *scalar = &filling->scalars[i];
		if (strlen(scalar->name) != length || strncmp(scalar->name, place, length) != 0)
			continue;
		scalar->placed = true;
		return scalar->value ? put_escaped(filling, scalar->value) : put(filling, standard, strlen(standard));
	}
	if (strncmp(place, "operations=", length + 1) == 0)
		return put_number(filling, filling->operations);
	const char *items = *rest;
	*rest += strlen(*rest);
	if (strncmp(place, "args=", length + 1) == 0)
		return put_args(filling);
	return strncmp(place, "env=", length + 1) == 0 && put_env(filling, standard, items);
}

/* One field, behind which there is `rest`: a tab and what follows, or nothing. */
static bool put_field(struct filling *filling, char *field, char **rest)
{
	char place[PATH_MAX];
	size_t length = (size_t)(*rest - field);
	if (strncmp(field, "\\?", 2) != 0)
		return put(filling, field, length);
	if (length >= sizeof(place))
		return false;
	memcpy(place, field, length);
	place[length] = '\0';
	return put_place(filling, place + 2, rest);
}

/* A line that begins with `\?CONDITION` is there only in such a call: 1; 0 where it is not, -1 for a condition that there is not. */
static int take_condition(const struct exec_call *call, char **line)
{
	static const char foreground[] = "\\?foreground\t", pid_file[] = "\\?pid-file\t";
	if (strncmp(*line, "\\?", 2) != 0)
		return 1;
	bool in_foreground = strncmp(*line, foreground, sizeof(foreground) - 1) == 0;
	if (!in_foreground && strncmp(*line, pid_file, sizeof(pid_file) - 1) != 0)
		return -1;
	*line = strchr(*line, '\t') + 1;
	return in_foreground ? !call->detached : call->pid_file != NULL;
}

static bool is_operation(const char *line)
{
	return strncmp(line, "tsrun-plan\t", 11) != 0 && strncmp(line, "section\t", 8) != 0 && strncmp(line, "end\t", 4) != 0;
}

/* A line without its newline. */
static bool put_line(struct filling *filling, char *line)
{
	int wanted = take_condition(filling->call, &line);
	if (wanted <= 0)
		return wanted == 0;
	filling->operations += is_operation(line);
	for (char *rest = line; ; line = rest + 1) {
		rest = line + strcspn(line, "\t");
		if (!put_field(filling, line, &rest))
			return false;
		if (!*rest)
			return put(filling, "\n", 1);
		if (!put(filling, "\t", 1))
			return false;
	}
}

/* Takes the template apart. */
static bool put_lines(struct filling *filling, char *template)
{
	char *line, *newline = strchr(template, '\n');
	if (strncmp(template, head, sizeof(head) - 1) != 0 || !newline)
		return false;
	/* With the tab before the first name. */
	filling->decisive = template + sizeof(head) - 2;
	for (*newline = '\0'; (line = newline + 1, newline = strchr(line, '\n')); ) {
		*newline = '\0';
		if (!put_line(filling, line))
			return false;
	}
	for (size_t i = 0; i < SCALARS; i++)
		if (filling->scalars[i].value && !filling->scalars[i].placed)
			return false;
	return filling->args_placed == (filling->call->arg_count > 0) && (filling->env_placed || filling->call->env_count == 0);
}

/* The engine reads a command line as UTF-8; what is more than ASCII is left to it. */
static bool add_length(const char *text, size_t *length)
{
	for (; text && *text; text++, (*length)++)
		if ((unsigned char)*text >= 0x80)
			return false;
	(*length)++;
	return true;
}

/* What the plan needs at most; 0 where this call is for the engine. */
static size_t find_room(const struct exec_call *call, const struct scalar *scalars, size_t template)
{
	size_t length = 0;
	bool good = true;
	for (size_t i = 0; i < SCALARS; i++)
		good = good && add_length(scalars[i].value, &length);
	for (size_t i = 0; i < call->arg_count; i++)
		good = good && add_length(call->args[i], &length);
	for (size_t i = 0; i < call->env_count; i++)
		good = good && add_length(call->env[i], &length);
	/* Each byte may need an escape. */
	return good ? template + length * 2 * MOST_USES + 256 : 0;
}

/* The file that has the template, as a text to be freed, and where in it the template begins: of a document, behind that. */
static char *find_template(int state_directory, struct exec_call *call, size_t *start)
{
	size_t size;
	const char *template = NULL;
	char *text = call->process ? exec_kept_find(state_directory, call, &template)
				   : exec_template_read(state_directory, "exec", MOST_TEMPLATE, &size);
	if (!text)
		return NULL;
	*start = template ? (size_t)(template - text) : 0;
	size_t length = strlen(text);
	if (length >= *start + sizeof(tail) && strcmp(text + length - (sizeof(tail) - 1), tail) == 0)
		return text;
	free(text);
	return NULL;
}

static int write_plan(const struct filling *filling)
{
	owned_fd plan = memfd_create("tsrun-plan", MFD_CLOEXEC);
	return plan < 0 || write_all(plan, filling->text, filling->length) < 0 ? -1 : descriptor_take(&plan);
}

int exec_template_fill(int state_directory, struct exec_call *call)
{
	char pid[16], start[24];
	struct filling filling = { .call = call, .scalars = {
		[PID] = { "pid", pid, false }, [START] = { "start", start, false }, [PROGRAM] = { "program", call->arg_count > 0 ? call->args[0] : NULL, false },
		[CWD] = { "cwd", call->cwd, false }, [UID] = { "uid", *call->uid ? call->uid : NULL, false }, [GID] = { "gid", call->gid, false },
		[PID_FILE] = { "pid-file", call->pid_file, false },
	} };
	snprintf(pid, sizeof(pid), "%d", (int)call->init);
	snprintf(start, sizeof(start), "%llu", (unsigned long long)call->init_start);
	size_t begin = 0;
	char *text = find_template(state_directory, call, &begin);
	int plan = -1;
	filling.room = text ? find_room(call, filling.scalars, strlen(text + begin)) : 0;
	if (filling.room > 0 && (filling.text = malloc(filling.room)) && put_lines(&filling, text + begin))
		plan = write_plan(&filling);
	free(filling.text);
	free(text);
	return plan;
}
