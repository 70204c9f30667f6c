/*
 * Resolves paths of a hostile rootfs from a root descriptor with openat2(2) (kernel 5.6). Nothing here ever looks at a path from the
 * process's own root or current directory, and nothing follows a link out of `root`.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define MAX_LINKS 40 /* as the kernel: path_resolution(7) */
/* Of a rootfs that others change all the time: some milliseconds, and not for ever. */
#define MAX_TRIES 10000
#define MAX_WALKS 128

int path_open_in_root(int root, const char *path, uint64_t flags, uint64_t extra_resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | extra_resolve };
	int fd;
	unsigned tries = 0;
	do {
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
		/* EAGAIN: a rename raced with "..": openat2(2) says to try again. */
	} while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < MAX_TRIES)));
	return fd;
}

/* A path being made: `done` exists and has no symbolic link, `todo` is still to be walked. */
struct walker {
	int root;
	char done[PATH_MAX];
	char todo[PATH_MAX];
	unsigned links;
	unsigned walks;
	bool changed; /* what was seen was something else a moment later */
};

static int too_long(void)
{
	errno = ENAMETOOLONG;
	return -1;
}

/* Takes the first component off `todo`; false when nothing is left. */
static bool take_component(struct walker *walker, char name[NAME_MAX + 1], bool *fits)
{
	char *start = walker->todo + strspn(walker->todo, "/");
	size_t length = strcspn(start, "/");
	*fits = length <= NAME_MAX;
	if (!length || !*fits)
		return false;
	memcpy(name, start, length);
	name[length] = '\0';
	memmove(walker->todo, start + length, strlen(start + length) + 1);
	return true;
}

static int append_component(struct walker *walker, const char *name)
{
	size_t length = strlen(walker->done);
	if (length + strlen(name) + 2 > sizeof(walker->done))
		return too_long();
	sprintf(walker->done + length, "/%s", name);
	return 0;
}

/* Replaces the component by the link's target, seen from the rootfs. */
static int follow_link(struct walker *walker, int directory, const char *name)
{
	char target[PATH_MAX], rest[PATH_MAX];
	if (++walker->links > MAX_LINKS) {
		errno = ELOOP;
		return -1;
	}
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
	if (length < 0) {
		walker->changed = errno == EINVAL || errno == ENOENT;
		return -1;
	}
	target[length] = '\0';
	strcpy(rest, walker->todo);
	if (strlen(target) + strlen(rest) + 2 > sizeof(walker->todo))
		return too_long();
	if (target[0] == '/')
		walker->done[0] = '\0';
	sprintf(walker->todo, "%s/%s", target, rest);
	return 0;
}

static int open_done(struct walker *walker)
{
	/* No link may be met any more: one that is here now was put here meanwhile. */
	int fd = path_open_in_root(walker->root, walker->done[0] ? walker->done : "/", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		walker->changed = errno == ELOOP || errno == ENOENT;
	return fd;
}

static int step(struct walker *walker, const char *name, unsigned mode)
{
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walker->done, '/');
		if (slash)
			*slash = '\0';
		return 0;
	}
	owned_fd directory = open_done(walker);
	if (directory < 0)
		return -1;
	struct stat status;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return -1;
		if (mkdirat(directory, name, mode) < 0 && errno != EEXIST)
			return -1;
		return append_component(walker, name);
	}
	if (S_ISLNK(status.st_mode))
		return follow_link(walker, directory, name);
	return append_component(walker, name);
}

static int start_walk(struct walker *walker, const char *path)
{
	walker->done[0] = '\0';
	walker->links = 0;
	walker->changed = false;
	if (strlen(path) >= sizeof(walker->todo))
		return too_long();
	strcpy(walker->todo, path);
	return 0;
}

/* A walk that failed over a change is worth another: an image cannot make create fail by being used by another container. */
static bool walk_again(struct walker *walker)
{
	return walker->changed && ++walker->walks < MAX_WALKS;
}

static int walk_directories(struct walker *walker, unsigned mode)
{
	char name[NAME_MAX + 1];
	bool fits;
	while (take_component(walker, name, &fits))
		if (step(walker, name, mode) < 0)
			return -1;
	return fits ? open_done(walker) : too_long();
}

int path_make_directories(int root, const char *path, unsigned mode)
{
	int fd = path_open_in_root(root, path, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	struct walker walker = { .root = root };
	do
		fd = start_walk(&walker, path) < 0 ? -1 : walk_directories(&walker, mode);
	while (fd < 0 && walk_again(&walker));
	return fd;
}

static bool is_plain(const char *name)
{
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/*
 * Walks to the directory that holds the last component, through links: a dangling last component (Debian's /etc/resolv.conf
 * before its target exists) leads to where the target has to be made.
 */
static int walk_to_parent(struct walker *walker, char *name)
{
	bool fits;
	while (take_component(walker, name, &fits)) {
		bool last = walker->todo[strspn(walker->todo, "/")] == '\0' && is_plain(name);
		if (!last) {
			if (step(walker, name, 0755) < 0)
				return -1;
			continue;
		}
		owned_fd directory = open_done(walker);
		struct stat status;
		if (directory < 0)
			return -1;
		if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(status.st_mode))
			return descriptor_take(&directory);
		if (follow_link(walker, directory, name) < 0)
			return -1;
	}
	if (!fits)
		return too_long();
	errno = EISDIR;
	return -1;
}

static int unusual(void)
{
	errno = ENOENT;
	return -1;
}

/* The usual case, that the directory is there and its entry is no link, in one look that nobody can come between; ENOENT: it is not. */
static int open_present_parent(int root, const char *path, char *name)
{
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	char parent[PATH_MAX] = "/";
	if (!is_plain(last) || strlen(last) > NAME_MAX || strlen(path) >= sizeof(parent))
		return unusual();
	if (last - path > 1)
		memcpy(parent, path, (size_t)(last - path));
	owned_fd directory = path_open_in_root(root, parent, O_PATH | O_DIRECTORY, 0);
	struct stat status;
	if (directory < 0)
		return -1;
	if (fstatat(directory, last, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
		return unusual();
	strcpy(name, last);
	return descriptor_take(&directory);
}

int path_open_parent(int root, const char *path, char *name)
{
	int fd = open_present_parent(root, path, name);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	struct walker walker = { .root = root };
	do
		fd = start_walk(&walker, path) < 0 ? -1 : walk_to_parent(&walker, name);
	while (fd < 0 && walk_again(&walker));
	return fd;
}
