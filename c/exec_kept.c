/*
 * Documents of `exec --process` that come again and again, such as a manager's probes. The engine keeps the template of one that comes a second
 * time (src/state/kept-exec.ts), and here it is found again: by the whole of the document, so no number has to be believed. The first time only
 * a number is noted: what is called once may have a secret in its environment. It is a shortcut, so whatever goes wrong here is no failure.
 */
#define _GNU_SOURCE
#include "exec_template.h"
#include "tsrun.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* src/state/kept-exec.ts has the same two. The length of a document says in which file it is kept. */
#define MOST_DOCUMENT (256u << 10)
#define KEPT_FILES 4
#define MOST_FILE (8u << 20)

char *exec_template_read(int directory, const char *path, size_t most, size_t *size)
{
	struct stat status;
	owned_fd fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 || (size_t)status.st_size > most)
		return NULL;
	*size = (size_t)status.st_size;
	char *text = malloc(*size + 1);
	if (!text)
		return NULL;
	text[*size] = '\0';
	if (pread(fd, text, *size, 0) == (ssize_t)*size && strlen(text) == *size)
		return text;
	free(text);
	return NULL;
}

/* FNV-1a. Two documents of one number and length have the second kept at its first call, no more. */
static uint64_t hash(const char *text)
{
	uint64_t value = 0xcbf29ce484222325;
	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return value;
}

/* True if the last of the documents that would be kept in this file was the same; else it is that now, and what was kept there goes. */
static bool note(int state_directory, const char *name, const char *kept, const char *document, size_t length)
{
	char seen[64];
	int size = snprintf(seen, sizeof(seen), "tsrun-seen\t1\t%zu\t%016llx\n", length, (unsigned long long)hash(document));
	if (kept && strcmp(kept, seen) == 0)
		return true;
	owned_fd fd = openat(state_directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd >= 0 && write(fd, seen, (size_t)size) != size)
		unlinkat(state_directory, name, 0);
	return false;
}

char *exec_kept_find(int state_directory, struct exec_call *call, const char **template)
{
	char name[16], head[48];
	size_t length, size;
	char *document = exec_template_read(AT_FDCWD, call->process, MOST_DOCUMENT, &length);
	if (!document)
		return NULL;
	snprintf(name, sizeof(name), "exec.%zu", length % KEPT_FILES);
	size_t start = (size_t)snprintf(head, sizeof(head), "tsrun-kept\t1\t%zu\n", length);
	char *text = exec_template_read(state_directory, name, MOST_FILE, &size);
	if (text && size > start + length && memcmp(text, head, start) == 0 && memcmp(text + start, document, length) == 0) {
		*template = text + start + length;
		free(document);
		return text;
	}
	call->repeated = note(state_directory, name, text, document, length);
	free(document);
	free(text);
	return NULL;
}
