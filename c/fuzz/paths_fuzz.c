/*
 * libFuzzer's entry to the walk through links of a rootfs: the input makes a tree of directories, files and links with the targets that it
 * likes, and has a path made and its parent opened. What is opened is in the root, and nothing is made outside of it.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "tsrun.h"

#include <fcntl.h>
#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_ENTRIES 12

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status, (void)kind;
	if (place->level > 0)
		REQUIRE(remove(path) == 0);
	return 0;
}

/* DIRECTORY/outside/root is the root: what climbs out of it is seen in `outside`. */
static int make_root(char *root, size_t size)
{
	const char *path;
	int directory = input_directory(&path);
	snprintf(root, size, "%s/outside/root", path);
	mkdirat(directory, "outside", 0755);
	mkdirat(directory, "outside/root", 0755);
	REQUIRE(nftw(root, remove_one, 32, FTW_DEPTH | FTW_PHYS) == 0);
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	return fd;
}

static void make_in(int directory, const char *name, const char *kind)
{
	int fd;
	switch (*kind & 3) {
	case 0:
		mkdirat(directory, name, 0755);
		break;
	case 1:
		fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd >= 0)
			close(fd);
		break;
	default:
		(void)!symlinkat(kind + 1, directory, name);
	}
}

/* Lines: a name of one letter, the directory of one letter that it is in, what it is, and a link's target. Nothing is made through a link. */
static void make_entry(int root, const char *line)
{
	if (strlen(line) < 3)
		return;
	char name[] = { (char)('a' + (line[0] & 3)), '\0' }, parent[] = { (char)('a' + (line[1] >> 1 & 3)), '\0' };
	if (!(line[1] & 1)) {
		make_in(root, name, line + 2);
		return;
	}
	int directory = openat(root, parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return;
	make_in(directory, name, line + 2);
	close(directory);
}

static void check_inside(int fd, const char *root)
{
	char link[64], path[2 * PATH_MAX];
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	REQUIRE(length > 0);
	path[length] = '\0';
	size_t head = strlen(root);
	REQUIRE(strncmp(path, root, head) == 0 && (path[head] == '\0' || path[head] == '/'));
	close(fd);
}

static void check_outside(int directory)
{
	int outside = openat(directory, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = outside < 0 ? NULL : fdopendir(outside);
	REQUIRE(stream);
	for (struct dirent *entry; (entry = readdir(stream));)
		REQUIRE(entry->d_name[0] == '.' || strcmp(entry->d_name, "root") == 0);
	closedir(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char root_path[128], name[NAME_MAX + 1] = "";
	int root = make_root(root_path, sizeof(root_path));
	char *path = input_text(&input, '\n');
	for (unsigned i = 0; i < MOST_ENTRIES && input.size > 0; i++) {
		char *line = input_text(&input, '\n');
		make_entry(root, line);
		free(line);
	}
	int parent = path_open_parent(root, path, name);
	REQUIRE(parent < 0 || (*name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0));
	check_inside(parent, root_path);
	check_inside(path_make_directories(root, path, 0755), root_path);
	check_outside(input_directory(NULL));
	close(root);
	free(path);
	return 0;
}
