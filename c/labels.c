/*
 * What a security module is to take the program for: written by init about itself, and in force at its next execve(2). Through the private
 * procfs, as /proc may be anything by then (CVE-2019-19921).
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "poison.h"

int labels_set_apparmor(const char *profile)
{
	char *text = NULL;
	int length = asprintf(&text, "exec %s", profile);
	if (length < 0)
		return report_set("asprintf", NULL);
	/* Where several modules are in force each has a directory of its own (Linux 5.8); before, the first of them had the file. */
	int result = procfs_write("self/attr/apparmor/exec", text, (size_t)length);
	if (result < 0 && errno == ENOENT)
		result = procfs_write("self/attr/exec", text, (size_t)length);
	free(text);
	return result < 0 ? report_set("write", NULL) : 0;
}

int labels_set_selinux(const char *label)
{
	return procfs_write("self/attr/exec", label, strlen(label)) < 0 ? report_set("write", NULL) : 0;
}

int labels_set_selinux_key(const char *label)
{
	return procfs_write("self/attr/keycreate", label, strlen(label)) < 0 ? report_set("write", NULL) : 0;
}

int labels_set_mount(int tree, const char *label)
{
	/* A mount's own descriptor is one of O_PATH, which takes no attributes. */
	owned_fd directory = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return report_set("openat", NULL);
	return fsetxattr(directory, "security.selinux", label, strlen(label), 0) < 0 ? report_set("fsetxattr", "security.selinux") : 0;
}
