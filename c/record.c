/*
 * Collects the records of one command and delivers them: to a descriptor (library) or to the engine, which this process then becomes.
 */
#define _GNU_SOURCE
#include "record.h"
#include "engine.h"
#include "caller_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "poison.h"

static char record[32768];
static size_t length;
static int plan_file = -1;

#define MAX_QUOTE 4096

static void put(char character)
{
	if (length < sizeof(record) - 1)
		record[length++] = character;
}

static void put_escaped(const char *text)
{
	for (; *text; text++) {
		const char *special = strchr("\tt\nn\rr\\\\", *text);
		if (special && (special - "\tt\nn\rr\\\\") % 2 == 0) {
			put('\\');
			put(special[1]);
		} else {
			put(*text);
		}
	}
}

static void put_number(long long number)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", number);
	put_escaped(text);
}

void record_quote_plan(int fd)
{
	plan_file = fd;
}

void record_forget_plan(void)
{
	descriptor_close(&plan_file);
}

/* Copies a line of the plan file, as far as it fits. The plan in memory was unescaped in place. */
static void put_plan_line(unsigned line)
{
	char buffer[4096];
	off_t offset = 0;
	size_t quoted = 0;
	ssize_t got;
	while (line > 0 && quoted < MAX_QUOTE && (got = pread(plan_file, buffer, sizeof(buffer), offset)) > 0) {
		for (ssize_t i = 0; i < got && line > 0 && quoted < MAX_QUOTE; i++) {
			char text[2] = { buffer[i] };
			if (text[0] == '\n')
				line--;
			else if (line == 1 && ++quoted)
				put_escaped(text);
		}
		offset += got;
	}
}

void record_add(const char *kind, unsigned line)
{
	put_escaped(kind);
	put('\t');
	put_number(line);
	put('\t');
	put_escaped(current_report.call ? current_report.call : "");
	put('\t');
	put_number(current_report.error);
	put('\t');
	put_escaped(current_report.detail);
	put('\t');
	put_plan_line(line);
	put('\n');
}

void record_add_death(int signal)
{
	put_escaped("death");
	put('\t');
	put_number(signal);
	put('\n');
}

void record_add_memory(const struct cgroup_memory *memory)
{
	put_escaped("memory");
	put('\t');
	put_escaped(memory->limit);
	put('\t');
	put_number(memory->out_of_memory);
	put('\t');
	put_number(memory->killed);
	put('\t');
	put_escaped(memory->cgroup);
	put('\n');
}

bool record_is_empty(void)
{
	return length == 0;
}

void record_save(int directory, const char *name)
{
	owned_fd fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		write_all(fd, record, length);
}

static int to_memory(void)
{
	owned_fd fd = memfd_create("tsrun-record", 0);
	if (fd < 0 || write_all(fd, record, length) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return descriptor_take(&fd);
}

/* Where memory is what failed. A pipe has at least a page (pipe(7)): nobody reads it yet, so what does not fit is left out. */
static int to_pipe(void)
{
	int ends[2];
	if (pipe2(ends, O_NONBLOCK) < 0)
		return -1;
	owned_fd reading = ends[0], writing = ends[1];
	if (write(writing, record, length) <= 0 || fcntl(reading, F_SETFL, 0) < 0)
		return -1;
	return descriptor_take(&reading);
}

static void become_engine(const char *engine, int argc, char **argv, int status)
{
	char fd_text[16], status_text[16];
	owned_fd fd = to_memory();
	if (fd < 0)
		fd = to_pipe();
	char **arguments = fd < 0 ? NULL : calloc((size_t)argc + 5, sizeof(char *));
	if (!arguments) {
		engine_missing("cannot tell what failed: %s (%s), after: %.*s", strerrordesc_np(errno), strerrorname_np(errno),
			       (int)strcspn(record, "\n"), record);
		return;
	}
	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	snprintf(status_text, sizeof(status_text), "%d", status);
	arguments[0] = (char *)(uintptr_t)"tsrun";
	arguments[1] = (char *)(uintptr_t)"@report";
	arguments[2] = fd_text;
	arguments[3] = status_text;
	memcpy(arguments + 4, argv, (size_t)argc * sizeof(char *));
	signals_reset();
	limits_raise_for_engine();
	engine_execute(engine, argc + 4, arguments, environ);
	free(arguments);
}

int record_deliver(const char *target, int argc, char **argv, int status)
{
	if (strncmp(target, "fd=", 3) == 0)
		write_all((int)strtol(target + 3, NULL, 10), record, length);
	else if (strncmp(target, "exec=", 5) == 0)
		become_engine(target + 5, argc, argv, status);
	return status;
}
