/*
 * Filters that were made before: libseccomp takes longer for a profile of some hundred calls than all else that creates a container.
 * What a filter was made of is kept beside it, to the letter, and compared: a name that two share costs the older its place, and nothing
 * else. There are only so many names, so the cache cannot grow. It is never needed: whatever is wrong with it, the filter is made anew.
 */
#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

#define DIRECTORY "../.seccomp" /* beside the state directories, whose names never begin with a dot */
#define FORMAT "tsrun-filter 1"
#define NAMES 256

/* FNV-1a, 64 bits. It spreads names, and finds what a crash of the machine has torn; nobody who could forge it may write there. */
static uint64_t checksum(uint64_t sum, const void *data, size_t length)
{
	const unsigned char *byte = data;
	for (; length; length--, byte++)
		sum = (sum ^ *byte) * UINT64_C(0x100000001b3);
	return sum;
}

#define CHECKSUM_START UINT64_C(0xcbf29ce484222325)

static void put_text(FILE *stream, const char *text)
{
	fwrite(text, 1, strlen(text) + 1, stream);
}

static void put_op(FILE *stream, const struct op *op)
{
	put_text(stream, op_name(op->code));
	for (unsigned i = 0; i < PLAN_MAX_FIELDS; i++) {
		const struct field *field = &op->fields[i];
		if (field->text)
			put_text(stream, field->text);
		else if (field->items)
			fprintf(stream, "%llu%c", (unsigned long long)field->number, '\0');
		for (char **item = field->text ? NULL : field->items; item && *item; item++)
			put_text(stream, *item);
	}
}

int filter_key(const struct op *first, const struct op *last, struct filter_key *key)
{
	const struct scmp_version *library = seccomp_version();
	FILE *stream = open_memstream(&key->text, &key->length);
	if (!stream)
		return report_set("open_memstream", NULL);
	fprintf(stream, FORMAT " libseccomp %u.%u.%u %x%c", library->major, library->minor, library->micro, seccomp_arch_native(), '\0');
	for (const struct op *op = first; op <= last; op++)
		put_op(stream, op);
	return fclose(stream) == 0 ? 0 : report_set("fclose", NULL);
}

static void name_file(const struct filter_key *key, char name[64])
{
	snprintf(name, 64, DIRECTORY "/%02x", (unsigned)(checksum(CHECKSUM_START, key->text, key->length) % NAMES));
}

/* What somebody else can write is no filter to rely on. */
static bool is_ours(int fd, mode_t type, struct stat *status)
{
	return fstat(fd, status) == 0 && (status->st_mode & S_IFMT) == type && status->st_uid == geteuid() && !(status->st_mode & 022);
}

/* The directory, if it can be relied on; made with `make`. */
static int open_directory(int state_directory, bool make)
{
	struct stat status;
	if (make && mkdirat(state_directory, DIRECTORY, 0700) < 0 && errno != EEXIST)
		return -1;
	owned_fd fd = openat(state_directory, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && is_ours(fd, S_IFDIR, &status) ? descriptor_take(&fd) : -1;
}

static bool read_all(int fd, void *data, size_t length)
{
	return read(fd, data, length) == (ssize_t)length;
}

/* KEY CHECKSUM INSTRUCTIONS, all of it as it must be. */
static bool take_program(int fd, size_t size, const struct filter_key *key, struct program *program)
{
	size_t head = key->length + sizeof(uint64_t), rest = size > head ? size - head : 0;
	uint64_t sum;
	if (rest == 0 || rest % sizeof(struct sock_filter) != 0 || rest / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return false;
	char *found = malloc(head);
	bool same = found && read_all(fd, found, head) && memcmp(found, key->text, key->length) == 0;
	if (same)
		memcpy(&sum, found + key->length, sizeof(sum));
	free(found);
	struct sock_filter *instructions = same ? malloc(rest) : NULL;
	if (!instructions)
		return false;
	if (!read_all(fd, instructions, rest) || checksum(CHECKSUM_START, instructions, rest) != sum) {
		free(instructions);
		return false;
	}
	*program = (struct program){ .instructions = instructions, .count = rest / sizeof(*instructions) };
	return true;
}

bool filter_find(int state_directory, const struct filter_key *key, struct program *program)
{
	char name[64];
	struct stat status;
	name_file(key, name);
	owned_fd directory = open_directory(state_directory, false);
	owned_fd fd = directory < 0 ? -1 : openat(directory, strrchr(name, '/') + 1, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && is_ours(fd, S_IFREG, &status) && take_program(fd, (size_t)status.st_size, key, program);
}

void filter_keep(int state_directory, const struct filter_key *key, const struct program *program)
{
	char path[64], temporary[64];
	size_t size = program->count * sizeof(*program->instructions);
	uint64_t sum = checksum(CHECKSUM_START, program->instructions, size);
	name_file(key, path);
	const char *name = strrchr(path, '/') + 1;
	snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());
	owned_fd directory = open_directory(state_directory, true);
	if (directory < 0)
		return;
	/* What a process of this pid left that was killed here. */
	unlinkat(directory, temporary, 0);
	owned_fd fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	bool written = write_all(fd, key->text, key->length) == 0 && write_all(fd, &sum, sizeof(sum)) == 0 &&
		       write_all(fd, program->instructions, size) == 0;
	if (!written || renameat(directory, temporary, directory, name) < 0)
		unlinkat(directory, temporary, 0);
}
