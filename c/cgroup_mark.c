/*
 * The mark of a container's own cgroup: which state directory it belongs to, and where that path means this directory. When the directory is
 * gone, `tsrun gc` tells by it that the cgroup, and who is in it, was a container's of that state root. `tsrun @cgroup-marks ROOT` lists them.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MARK "user.tsrun.container"
#define MARK_MOST (PATH_MAX + 160)

/*
 * MOUNT-NAMESPACE ROOT-DEVICE:INODE DIRECTORY-DEVICE:INODE PATH. A path alone is no proof: in a container that may write to the cgroup tree,
 * or after chroot(2), another tsrun has another directory of the same path.
 */
static int describe_owner(struct walk *walk, char text[MARK_MOST])
{
	struct stat namespace, root, directory;
	int procfs = procfs_root();
	if (procfs < 0 || fstatat(procfs, "self/ns/mnt", &namespace, 0) < 0 || fstatat(AT_FDCWD, "/", &root, 0) < 0 ||
	    fstat(walk->state_directory, &directory) < 0)
		return -1;
	int length = snprintf(text, MARK_MOST, "%llu %llu:%llu %llu:%llu %s", (unsigned long long)namespace.st_ino,
			      (unsigned long long)root.st_dev, (unsigned long long)root.st_ino, (unsigned long long)directory.st_dev,
			      (unsigned long long)directory.st_ino, walk->state_path);
	return length < MARK_MOST ? length : -1;
}

void cgroup_mark(struct walk *walk, int cgroup)
{
	char text[MARK_MOST];
	int length = describe_owner(walk, text);
	/* One that cannot be marked (a kernel before 5.7) is not found by gc, and that is all; but it must not bear the mark of another. */
	if (length < 0 || fsetxattr(cgroup, MARK, text, (size_t)length, 0) < 0)
		fremovexattr(cgroup, MARK);
}

bool cgroup_bears(int cgroup, const char *mark)
{
	char found[MARK_MOST];
	ssize_t length = fgetxattr(cgroup, MARK, found, sizeof(found));
	return length > 0 && (size_t)length == strlen(mark) && memcmp(found, mark, (size_t)length) == 0;
}

/* Prints PATH NUL MARK NUL; true if there is a mark. What cannot be written is missed by the reader, who sees the exit status. */
static bool print_mark(const char *path, size_t root, bool *failed)
{
	char mark[MARK_MOST];
	ssize_t length = lgetxattr(path, MARK, mark, sizeof(mark) - 1);
	if (length <= 0)
		return false;
	mark[length] = '\0';
	*failed = *failed || write_all(STDOUT_FILENO, path + root, strlen(path + root) + 1) < 0 ||
		  write_all(STDOUT_FILENO, mark, (size_t)length + 1) < 0;
	return true;
}

/* Adds the name of a directory to the path, if it is one that is to be looked at, and fits. */
static bool append(char path[PATH_MAX], const struct dirent *entry)
{
	size_t length = strlen(path);
	if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return false;
	if (length + 1 + strlen(entry->d_name) + 1 > PATH_MAX)
		return false;
	snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
	return true;
}

/* What is below a container's cgroup is the container's, and not looked at. */
static DIR *enter(const char *path, size_t root, bool *failed)
{
	return print_mark(path, root, failed) ? NULL : opendir(path);
}

/*
 * Others may nest theirs deeper than a path is long, or this process may have files open: those are left out, as is what goes away
 * meanwhile.
 */
static void list_below(char path[PATH_MAX], size_t root, bool *failed)
{
	/* Each level takes two characters of a path at least. */
	static DIR *levels[PATH_MAX / 2];
	size_t depth = 0;
	levels[depth] = enter(path, root, failed);
	if (levels[depth])
		depth++;
	while (depth > 0) {
		const struct dirent *entry = readdir(levels[depth - 1]);
		if (entry && !append(path, entry))
			continue;
		levels[depth] = entry ? enter(path, root, failed) : NULL;
		if (levels[depth]) {
			depth++;
			continue;
		}
		*strrchr(path, '/') = '\0';
		if (!entry)
			closedir(levels[--depth]);
	}
}

int cgroup_marks_main(int argc, char **argv)
{
	char path[PATH_MAX];
	bool failed = false;
	if (argc != 3 || strlen(argv[2]) >= sizeof(path))
		return 2;
	owned_fd root = cgroup_open_root(argv[2]);
	if (root < 0)
		return 1;
	strcpy(path, argv[2]);
	list_below(path, strlen(argv[2]), &failed);
	return failed ? 1 : 0;
}
