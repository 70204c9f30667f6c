/*
 * One container's cgroup: made, opened for init to be born in, killed, removed. Names are walked one at a time from the cgroup2
 * mount, beneath it and without links, so nothing is ever made, written or removed on another file system (crun 1.28).
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

uint64_t cgroup_now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

int cgroup_open_beneath(int directory, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };
	int fd;
	do
		fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

int cgroup_open_root(const char *root)
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

int cgroup_take_component(const char **path, char name[NAME_MAX + 1])
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

/* Opens a cgroup directly below, made if need be. Who removes it at this very moment, with the container it was made for, makes it be made anew. */
static int make_beneath(int directory, const char *name)
{
	for (;;) {
		bool made = mkdirat(directory, name, 0755) == 0;
		/* EEXIST: made before, or by somebody else just now; what it is, is seen when it is opened. */
		if (!made && errno != EEXIST)
			return report_set("mkdirat", "%s", name);
		int child = cgroup_open_beneath(directory, name);
		if (child < 0 && errno != ENOENT)
			return report_set("openat2", "%s", name);
		/* One that cannot be marked (a kernel before 5.7) stays, as runc's all do. */
		if (child >= 0 && made)
			fsetxattr(child, CGROUP_MADE, "1", 1, 0);
		if (child >= 0)
			return child;
	}
}

int cgroup_open_parent(const char *root, const char *path, bool make, char last[NAME_MAX + 1], bool *absent)
{
	char next[NAME_MAX + 1];
	owned_fd directory = cgroup_open_root(root);
	*absent = false;
	if (directory < 0)
		return -1;
	int taken = cgroup_take_component(&path, last);
	if (taken == 0)
		return report_refuse("bad cgroup path", "the root cgroup");
	while (taken > 0 && (taken = cgroup_take_component(&path, next)) > 0) {
		int child = make ? make_beneath(directory, last) : cgroup_open_beneath(directory, last);
		if (child < 0) {
			*absent = !make && errno == ENOENT;
			return *absent || make ? -1 : report_set("openat2", "%s", last);
		}
		descriptor_close(&directory);
		directory = child;
		strcpy(last, next);
	}
	return taken < 0 ? -1 : descriptor_take(&directory);
}

ssize_t cgroup_read_file(int cgroup, const char *name, char *text, size_t size)
{
	ssize_t length;
	owned_fd fd = openat(cgroup, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	do
		length = read(fd, text, size - 1);
	while (length < 0 && errno == EINTR);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

const char *cgroup_list_processes(int cgroup, char *text, size_t size)
{
	ssize_t length = cgroup_read_file(cgroup, "cgroup.procs", text, size);
	/* ENOENT: removed meanwhile. EOPNOTSUPP: a threaded cgroup lists none. Both leave nothing to say. */
	if (length <= 0)
		return "processes below it";
	for (ssize_t i = 0; i < length; i++)
		if (text[i] == '\n')
			text[i] = i == length - 1 ? '\0' : ' ';
	return text;
}

bool cgroup_is_populated(const char *root, const char *path)
{
	char text[512];
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return !absent;
	/* What cannot be read, save of a cgroup that is gone, may hold somebody. */
	if (cgroup_read_file(cgroup, "cgroup.events", text, sizeof(text)) < 0)
		return errno != ENODEV && errno != ENOENT;
	return cgroup_read_key(text, "populated") != 0;
}

int cgroup_check_unused(int cgroup)
{
	char text[512], pids[256];
	if (cgroup_read_file(cgroup, "cgroup.events", text, sizeof(text)) < 0)
		return report_set("read", "cgroup.events");
	if (cgroup_read_key(text, "populated") != 0)
		return report_refuse("cgroup is not empty", "%s", cgroup_list_processes(cgroup, pids, sizeof(pids)));
	return cgroup_read_key(text, "frozen") == 1 ? report_refuse("cgroup is frozen", NULL) : 0;
}

#define ATTEMPTS 10 /* to make a cgroup in a parent that others remove with theirs */

int cgroup_make(const char *root, const char *path)
{
	char name[NAME_MAX + 1];
	bool absent;
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		owned_fd parent = cgroup_open_parent(root, path, true, name, &absent);
		if (parent < 0)
			return -1;
		if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST && errno != ENOENT)
			return report_set("mkdirat", "%s", name);
		int cgroup = cgroup_open_beneath(parent, name);
		if (cgroup >= 0 || errno != ENOENT)
			return cgroup < 0 ? report_set("openat2", "%s", name) : cgroup;
	}
	return report_set("mkdirat", "%s", name);
}

static int lock(int cgroup)
{
	int result;
	do
		result = flock(cgroup, LOCK_EX);
	while (result < 0 && errno == EINTR);
	return result < 0 ? report_set("flock", "the cgroup") : 0;
}

/*
 * The lock keeps out who removes what an earlier container of this name has lost (cgroup_remove_lost): that one has been here before, and the
 * cgroup is gone and made anew, or comes later, and sees whose it is by now.
 */
int cgroup_open(struct walk *walk, const char *root, const char *path)
{
	for (unsigned attempt = 0;; attempt++) {
		owned_fd cgroup = cgroup_make(root, path);
		if (cgroup < 0 || lock(cgroup) < 0)
			return -1;
		if (cgroup_check_unused(cgroup) == 0) {
			cgroup_mark(walk, cgroup);
			flock(cgroup, LOCK_UN);
			walk->cgroup = descriptor_take(&cgroup);
			return 0;
		}
		bool gone = current_report.error == ENOENT || current_report.error == ENODEV;
		if (!gone || attempt == ATTEMPTS)
			return -1;
	}
}

/* cgroup.events says POLLPRI at each change since it was read last (cgroups(7)). */
int cgroup_await_event(int cgroup, const char *key, int value)
{
	char text[512];
	uint64_t deadline = cgroup_now() + CGROUP_PATIENCE;
	owned_fd events = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return errno == ENOENT || errno == ENODEV ? 1 : report_set("open", "cgroup.events");
	for (;;) {
		ssize_t length = pread(events, text, sizeof(text) - 1, 0);
		/* ENODEV: somebody has removed the cgroup meanwhile, so it was empty. */
		if (length < 0 && errno == ENODEV)
			return 1;
		if (length < 0 && errno != EINTR)
			return report_set("read", "cgroup.events");
		text[length < 0 ? 0 : length] = '\0';
		if (cgroup_read_key(text, key) == value)
			return 1;
		uint64_t time = cgroup_now();
		if (time >= deadline)
			return 0;
		struct pollfd changed = { .fd = events, .events = POLLPRI };
		if (poll(&changed, 1, (int)(deadline - time)) < 0 && errno != EINTR)
			return report_set("poll", "cgroup.events");
	}
}

static int await_empty(int cgroup)
{
	char pids[256];
	int empty = cgroup_await_event(cgroup, "populated", 0);
	if (empty != 0)
		return empty < 0 ? -1 : 0;
	return report_refuse("cgroup is not empty", "%s", cgroup_list_processes(cgroup, pids, sizeof(pids)));
}

int cgroup_find(const char *root, const char *path, bool *absent)
{
	char name[NAME_MAX + 1];
	owned_fd parent = cgroup_open_parent(root, path, false, name, absent);
	if (parent < 0)
		return -1;
	int cgroup = cgroup_open_beneath(parent, name);
	*absent = cgroup < 0 && errno == ENOENT;
	return cgroup < 0 && !*absent ? report_set("openat2", "%s", name) : cgroup;
}

int cgroup_kill_open(int cgroup)
{
	/* Kernel 5.14; kills all below as well, also what is frozen, and leaves no time to fork. */
	owned_fd kill = openat(cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	/* ENOENT, ENODEV: removed meanwhile; systemd removes the cgroup of a scope as soon as nobody is in it. */
	if (kill < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : report_set("open", "cgroup.kill");
	if (write_all(kill, "1", 1) < 0 && errno != ENODEV && errno != ENOENT)
		return report_set("write", "cgroup.kill");
	return await_empty(cgroup);
}

int cgroup_kill(const char *root, const char *path)
{
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	return cgroup >= 0 ? cgroup_kill_open(cgroup) : absent ? 0 : -1;
}
