/*
 * The user's program: its environment, where it is, and its execution. It runs with the program's own identity, so the kernel's
 * answers are the program's. It must never search a path but the plan's.
 */
#define _GNU_SOURCE
#include "accounts.h"
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3

int program_set_environment(struct walk *walk, char **env)
{
	size_t count = 0;
	while (env[count])
		count++;
	/* Room for LISTEN_PID and HOME. The strings stay in the plan, which lives as long as the walk. */
	char **environment = calloc(count + 3, sizeof(*environment));
	if (!environment)
		return report_set("malloc", NULL);
	memcpy(environment, env, count * sizeof(*environment));
	free(walk->environment);
	walk->environment = environment;
	return 0;
}

int program_set_listen_pid(struct walk *walk)
{
	static char entry[32];
	char **place = walk->environment;
	if (!place)
		return report_refuse("no environment", NULL);
	while (*place && strncmp(*place, "LISTEN_PID=", 11) != 0)
		place++;
	snprintf(entry, sizeof(entry), "LISTEN_PID=%d", (int)getpid());
	*place = entry;
	return 0;
}

static int look_up_home(struct walk *walk, uid_t uid, char home[PATH_MAX])
{
	char *text;
	size_t length;
	if (user_read_file(walk, "/etc/passwd", &text, &length) < 0)
		return -1;
	home_from_passwd(text, length, uid, home, PATH_MAX);
	free(text);
	return 0;
}

static int choose_home(struct walk *walk, uid_t uid, char home[PATH_MAX])
{
	if (uid != FOUND_ID || !walk->found_user)
		return look_up_home(walk, uid, home);
	/* That of the name, which may share its number with others. */
	if (*walk->found_user->home)
		snprintf(home, PATH_MAX, "%s", walk->found_user->home);
	return 0;
}

int program_set_home(struct walk *walk, uid_t uid)
{
	static char entry[5 + PATH_MAX] = "HOME=";
	char home[PATH_MAX] = "/";
	char **place = walk->environment;
	if (!place)
		return report_refuse("no environment", NULL);
	while (*place && strncmp(*place, "HOME=", 5) != 0)
		place++;
	if (*place && (*place)[5] != '\0')
		return 0;
	if (choose_home(walk, uid, home) < 0)
		return -1;
	snprintf(entry + 5, sizeof(entry) - 5, "%s", home);
	/* In place of an empty HOME, or behind the last entry, where program_set_environment left room. */
	*place = entry;
	return 0;
}

int program_change_directory(const char *path, enum denial denial)
{
	char directory[PATH_MAX];
	if (chdir(path) < 0 && !(errno == EACCES && denial == DENIAL_IGNORE))
		return report_set("chdir", NULL);
	/* The system call itself: getcwd(3) hides "(unreachable)" behind ENOENT. */
	if (syscall(SYS_getcwd, directory, sizeof(directory)) < 0)
		return report_set("getcwd", NULL);
	if (directory[0] != '/')
		return report_refuse("current directory is outside the root", NULL);
	return 0;
}

/* 0 when the current identity may execute it, otherwise an errno; EISDIR stands for a directory. */
static int check_executable(const char *path)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	if (!S_ISREG(status.st_mode))
		return EACCES;
	/* faccessat2(2), kernel 5.8: judges by the effective identity and its capabilities, and knows noexec mounts. */
	return syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static int keep_executable(struct walk *walk, const char *path)
{
	free(walk->executable);
	walk->executable = strdup(path);
	return walk->executable ? 0 : report_set("malloc", NULL);
}

static int refuse_executable(int error)
{
	errno = error;
	switch (error) {
	case ENOENT: return report_set("find-executable", "no such file or directory");
	case EACCES: return report_set("find-executable", "permission denied");
	case EISDIR: return report_set("find-executable", "is a directory");
	default: return report_set("find-executable", NULL); /* nobody looks for these: TypeScript has the words */
	}
}

/* As execvp(3) goes on: over what is not there, and over what may not be executed, which it remembers. */
static int search_executable(struct walk *walk, const char *name, const char *search)
{
	char path[PATH_MAX];
	int denied = 0;
	for (const char *next = search; next; ) {
		size_t length = strcspn(next, ":");
		/* An empty entry is the current directory (environ(7)). One that makes the path too long cannot hold the program. */
		int written = snprintf(path, sizeof(path), "%.*s%s%s", (int)length, next, length ? "/" : "./", name);
		int error = written < (int)sizeof(path) ? check_executable(path) : ENAMETOOLONG;
		next = next[length] ? next + length + 1 : NULL;
		switch (error) {
		case 0:
			return keep_executable(walk, path);
		case EACCES:
		case EISDIR:
			/* A later directory may have one that can be executed; a file that cannot says more than a directory of the name. */
			denied = denied == EACCES ? EACCES : error;
			continue;
		default:
			/* Not there (ENOENT, ENOTDIR), or not to be reached (ELOOP, ESTALE, ...): the search goes on all the same. */
			continue;
		}
	}
	if (denied)
		return refuse_executable(denied);
	errno = ENOENT;
	return report_set("find-executable", "executable file not found in $PATH");
}

int program_find(struct walk *walk, const char *name, const char *search)
{
	if (!strchr(name, '/') && *name)
		return search_executable(walk, name, search);
	/* An empty name is no path: stat(2) answers ENOENT. */
	int error = check_executable(name);
	return error ? refuse_executable(error) : keep_executable(walk, name);
}

/*
 * The descriptors that are kept have come through every execve since the caller, so they are not close-on-exec; one below the limit
 * that is, is ours, on a number that the caller left free. So nothing is ever made inheritable here (CVE-2024-21626).
 */
int program_prepare(struct walk *walk)
{
	unsigned first = FIRST_DESCRIPTOR;
	if (__builtin_add_overflow(first, walk->kept_descriptors, &first))
		return report_refuse("too many descriptors", NULL);
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return report_set("close_range", NULL);
	signals_reset();
	return 0;
}

int program_execute(struct walk *walk, char **args)
{
	if (!walk->executable || !walk->environment)
		return report_refuse("no program", NULL);
	execve(walk->executable, args, walk->environment);
	return report_set("execve", "%s", walk->executable);
}
