/*
 * One container's cgroup: made, opened for init to be born in, killed, removed. Names are walked one at a time from the cgroup2
 * mount, beneath it and without links, so nothing is ever made, written or removed on another file system (crun 1.28).
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 10000 /* milliseconds for a killed or emptied cgroup to become removable */

static uint64_t now_in_milliseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* `name` is one component; -1 with errno. */
static int open_beneath(int directory, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	int fd;
	do
		fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

static int open_root(const char *root)
{
	struct statfs status;
	owned_fd fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return report_set("open", "%s", root);
	if (fstatfs(fd, &status) < 0)
		return report_set("fstatfs", "%s", root);
	if (status.f_type != CGROUP2_SUPER_MAGIC)
		return report_refuse("not a cgroup2 mount", "%s", root);
	return descriptor_take(&fd);
}

/* Takes the next component off the path: 1, 0 at its end, -1 after report when it is none that a cgroup can have. */
static int take_component(const char **path, char name[NAME_MAX + 1])
{
	const char *start = *path + strspn(*path, "/");
	size_t length = strcspn(start, "/");
	*path = start + length;
	if (length == 0)
		return 0;
	if (length > NAME_MAX)
		return report_refuse("cgroup name too long", "%.*s...", 64, start);
	memcpy(name, start, length);
	name[length] = '\0';
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return report_refuse("bad cgroup path", "component \"%s\"", name);
	return 1;
}

/*
 * The parent of the cgroup, and the cgroup's own name in `last`. With `make`, missing parents are made. *absent is set, and -1
 * answered without a report, when one is missing and not made.
 */
static int open_parent(const char *root, const char *path, bool make, char last[NAME_MAX + 1], bool *absent)
{
	char next[NAME_MAX + 1];
	owned_fd directory = open_root(root);
	*absent = false;
	if (directory < 0)
		return -1;
	int taken = take_component(&path, last);
	if (taken == 0)
		return report_refuse("bad cgroup path", "the root cgroup");
	while (taken > 0 && (taken = take_component(&path, next)) > 0) {
		/* EEXIST: made before, or by somebody else just now; what it is, is seen when it is opened. */
		if (make && mkdirat(directory, last, 0755) < 0 && errno != EEXIST)
			return report_set("mkdirat", "%s", last);
		int child = open_beneath(directory, last);
		if (child < 0) {
			*absent = errno == ENOENT && !make;
			return *absent ? -1 : report_set("openat2", "%s", last);
		}
		descriptor_close(&directory);
		directory = child;
		strcpy(last, next);
	}
	return taken < 0 ? -1 : descriptor_take(&directory);
}

/* Reads a small file from its beginning; -1 with errno. */
static ssize_t read_file(int fd, char *text, size_t size)
{
	ssize_t length;
	do
		length = pread(fd, text, size - 1, 0);
	while (length < 0 && errno == EINTR);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

/* The value of `key` in cgroup.events, "populated" or "frozen": 0 or 1; -1 with errno. */
static int read_event(int events, const char *key)
{
	char text[512];
	size_t length = strlen(key);
	if (read_file(events, text, sizeof(text)) < 0)
		return -1;
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return line[length + 1] != '0';
	errno = EPROTO;
	return -1;
}

/* The processes of the cgroup, in one line, for a message; what is in cgroups below it is not listed. */
static const char *list_processes(int cgroup, char *text, size_t size)
{
	owned_fd fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read_file(fd, text, size);
	/* ENOENT: removed meanwhile. EOPNOTSUPP: a threaded cgroup lists none. Both leave nothing to say. */
	if (length <= 0)
		return "processes below it";
	for (ssize_t i = 0; i < length; i++)
		if (text[i] == '\n')
			text[i] = i == length - 1 ? '\0' : ' ';
	return text;
}

static int check_unused(int cgroup)
{
	char pids[256];
	owned_fd events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return report_set("open", "cgroup.events");
	int populated = read_event(events, "populated");
	int frozen = populated < 0 ? -1 : read_event(events, "frozen");
	if (frozen < 0)
		return report_set("read", "cgroup.events");
	if (populated)
		return report_refuse("cgroup is not empty", "%s", list_processes(cgroup, pids, sizeof(pids)));
	return frozen ? report_refuse("cgroup is frozen", NULL) : 0;
}

int cgroup_open(struct walk *walk, const char *root, const char *path)
{
	char name[NAME_MAX + 1];
	bool absent;
	owned_fd parent = open_parent(root, path, true, name, &absent);
	if (parent < 0)
		return -1;
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return report_set("mkdirat", "%s", name);
	owned_fd cgroup = open_beneath(parent, name);
	if (cgroup < 0)
		return report_set("openat2", "%s", name);
	if (check_unused(cgroup) < 0)
		return -1;
	walk->cgroup = descriptor_take(&cgroup);
	return 0;
}

/* cgroup.events says POLLPRI at each change since it was read last (cgroups(7)). */
static int await_empty(int cgroup)
{
	char pids[256];
	uint64_t deadline = now_in_milliseconds() + PATIENCE;
	owned_fd events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return report_set("open", "cgroup.events");
	for (;;) {
		int populated = read_event(events, "populated");
		/* ENODEV: somebody has removed the cgroup meanwhile, so it was empty. */
		if (populated == 0 || (populated < 0 && errno == ENODEV))
			return 0;
		if (populated < 0)
			return report_set("read", "cgroup.events");
		uint64_t time = now_in_milliseconds();
		if (time >= deadline)
			return report_refuse("cgroup is not empty", "%s", list_processes(cgroup, pids, sizeof(pids)));
		struct pollfd changed = { .fd = events, .events = POLLPRI };
		if (poll(&changed, 1, (int)(deadline - time)) < 0 && errno != EINTR)
			return report_set("poll", "cgroup.events");
	}
}

int cgroup_find(const char *root, const char *path, bool *absent)
{
	char name[NAME_MAX + 1];
	owned_fd parent = open_parent(root, path, false, name, absent);
	if (parent < 0)
		return -1;
	int cgroup = open_beneath(parent, name);
	*absent = cgroup < 0 && errno == ENOENT;
	return cgroup < 0 && !*absent ? report_set("openat2", "%s", name) : cgroup;
}

int cgroup_kill(const char *root, const char *path)
{
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return absent ? 0 : -1;
	/* Kernel 5.14; kills all below as well, also what is frozen, and leaves no time to fork. */
	owned_fd kill = openat(cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	if (kill < 0)
		return report_set("open", "cgroup.kill");
	/* ENODEV: removed between the two calls. */
	if (write_all(kill, "1", 1) < 0 && errno != ENODEV)
		return report_set("write", "cgroup.kill");
	return await_empty(cgroup);
}

/* Finds a cgroup directly below: 1, 0 when there is none, -1 with errno. A raw read of the directory, which allocates nothing. */
static int find_child(int cgroup, char name[NAME_MAX + 1])
{
	char entries[4096] __attribute__((aligned(8)));
	if (lseek(cgroup, 0, SEEK_SET) < 0)
		return -1;
	for (;;) {
		long got = syscall(SYS_getdents64, cgroup, entries, sizeof(entries));
		if (got <= 0)
			return (int)got;
		for (long at = 0; at < got; ) {
			const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
			at += entry->d_reclen;
			if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
				continue;
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
			return 1;
		}
	}
}

/* Where a removal is: `depth` below the parent. One descriptor whatever the depth, because the container chooses that. */
struct removal {
	int directory;
	unsigned depth;
	uint64_t deadline;
	unsigned pause; /* milliseconds, before something busy is tried again */
	bool progressed;
};

static int move_to(struct removal *removal, int next)
{
	if (next < 0)
		return -1;
	descriptor_close(&removal->directory);
	removal->directory = next;
	return 0;
}

/* EBUSY is processes, or their last traces: a dying process leaves its cgroup a moment after its parent has been told. */
static void nap(struct removal *removal)
{
	struct timespec pause = { .tv_nsec = (long)removal->pause * 1000000 };
	if (!removal->progressed) {
		nanosleep(&pause, NULL);
		removal->pause = removal->pause * 2 < 50 ? removal->pause * 2 : 50;
	}
	removal->progressed = false;
}

/* One step from where it is, given something to remove there: 0, or -1 with errno. */
static int remove_step(struct removal *removal, const char *name)
{
	char child[NAME_MAX + 1];
	if (unlinkat(removal->directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
		removal->progressed = true;
		return 0;
	}
	if (errno != EBUSY)
		return -1;
	owned_fd next = open_beneath(removal->directory, name);
	int found = next < 0 ? -1 : find_child(next, child);
	if (found < 0)
		return errno == ENOENT ? 0 : -1;
	if (found == 0) {
		nap(removal);
		return 0;
	}
	removal->depth++;
	return move_to(removal, descriptor_take(&next));
}

static int refuse_busy(struct removal *removal, const char *name)
{
	char pids[256];
	owned_fd busy = open_beneath(removal->directory, name);
	const char *holders = list_processes(busy, pids, sizeof(pids));
	errno = EBUSY;
	return report_set("rmdir", "%s: %s", name, holders);
}

/*
 * Depth first, one step at a time: down where something is below, up where nothing is left. ".." is safe here and only here: a
 * cgroup cannot be moved to another parent (cgroup v2 allows no rename), and the depth is counted.
 */
static int remove_tree(struct removal *removal, const char *top)
{
	char name[NAME_MAX + 1];
	for (;;) {
		int found = 1;
		if (removal->depth == 0) {
			if (faccessat(removal->directory, top, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
				return errno == ENOENT ? 0 : report_set("faccessat", "%s", top);
			strcpy(name, top);
		} else {
			found = find_child(removal->directory, name);
		}
		/* ENOENT: the directory itself is gone, as somebody else removes as well. */
		if (found < 0 && errno != ENOENT)
			return report_set("getdents64", NULL);
		if (found <= 0) {
			removal->depth--;
			if (move_to(removal, openat(removal->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
				return report_set("openat", "..");
			continue;
		}
		if (remove_step(removal, name) < 0)
			return report_set("rmdir", "%s", name);
		if (now_in_milliseconds() >= removal->deadline)
			return refuse_busy(removal, name);
	}
}

int cgroup_remove(const char *root, const char *path)
{
	char name[NAME_MAX + 1];
	bool absent;
	int parent = open_parent(root, path, false, name, &absent);
	if (parent < 0)
		return absent ? 0 : -1;
	struct removal removal = { .directory = parent, .deadline = now_in_milliseconds() + PATIENCE, .pause = 1 };
	int result = remove_tree(&removal, name);
	descriptor_close(&removal.directory);
	return result;
}

int cgroup_remove_unused(const char *root, const char *path)
{
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return absent ? 0 : -1;
	if (check_unused(cgroup) < 0)
		return 0;
	return cgroup_remove(root, path);
}
