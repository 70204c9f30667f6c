/*
 * The end of a container's cgroup: it and all that is below it, removed step by step, whatever dies or appears meanwhile.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "poison.h"

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
	bool kills; /* what has come into it since it was killed */
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
	owned_fd next = cgroup_open_beneath(removal->directory, name);
	int found = next < 0 ? -1 : find_child(next, child);
	if (found < 0)
		return errno == ENOENT ? 0 : -1;
	if (found == 0) {
		if (removal->kills)
			cgroup_write(next, "cgroup.kill", "1", DENIAL_IGNORE);
		nap(removal);
		return 0;
	}
	removal->depth++;
	return move_to(removal, descriptor_take(&next));
}

static int refuse_busy(struct removal *removal, const char *name)
{
	char pids[256];
	owned_fd busy = cgroup_open_beneath(removal->directory, name);
	const char *holders = cgroup_list_processes(busy, pids, sizeof(pids));
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
		if (cgroup_now() >= removal->deadline)
			return refuse_busy(removal, name);
	}
}

static int remove_whole(const char *root, const char *path, bool kills)
{
	char name[NAME_MAX + 1];
	bool absent;
	int parent = cgroup_open_parent(root, path, false, name, &absent);
	if (parent < 0)
		return absent ? 0 : -1;
	struct removal removal = { .directory = parent, .deadline = cgroup_now() + CGROUP_PATIENCE, .pause = 1, .kills = kills };
	int result = remove_tree(&removal, name);
	descriptor_close(&removal.directory);
	return result;
}

/* Those that were made to hold it go with it, unless somebody else is in them; whoever goes last removes them. */
static void remove_parents(const char *root, const char *path)
{
	char above[PATH_MAX], name[NAME_MAX + 1], mark[8];
	bool absent;
	snprintf(above, sizeof(above), "%s", path);
	for (char *slash; (slash = strrchr(above, '/')) && slash != above;) {
		*slash = '\0';
		owned_fd parent = cgroup_open_parent(root, above, false, name, &absent);
		owned_fd cgroup = parent < 0 ? -1 : cgroup_open_beneath(parent, name);
		if (cgroup < 0 || fgetxattr(cgroup, CGROUP_MADE, mark, sizeof(mark)) < 0 || unlinkat(parent, name, AT_REMOVEDIR) < 0)
			return;
	}
}

int cgroup_remove(const char *root, const char *path)
{
	if (remove_whole(root, path, true) < 0)
		return -1;
	remove_parents(root, path);
	return 0;
}

int cgroup_remove_unused(const char *root, const char *path)
{
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return absent ? 0 : -1;
	if (cgroup_check_unused(cgroup) < 0)
		return 0;
	if (remove_whole(root, path, false) < 0)
		return -1;
	remove_parents(root, path);
	return 0;
}

int cgroup_remove_lost(const char *root, const char *path, const char *mark)
{
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return absent ? 0 : -1;
	/* A create that has it at this moment makes it its own. */
	if (flock(cgroup, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : report_set("flock", "the cgroup");
	if (!cgroup_bears(cgroup, mark))
		return 0;
	if (cgroup_kill_open(cgroup) < 0 || remove_whole(root, path, false) < 0)
		return -1;
	remove_parents(root, path);
	return 0;
}
