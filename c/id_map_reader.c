/*
 * `tsrun @id-maps PATH`: prints uid_map, gid_map and setgroups of the user namespace at PATH, each ended by NUL but the last. A namespace
 * without processes shows its maps only to who is in it, so a child enters it and waits, seen by nobody, until its files have been read.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* 340 lines (user_namespaces(7)) of three numbers of at most 10 digits, in columns */
#define MOST_BYTES 16384

/* Answers in `told` whether it is inside; ends when `held` does. Who is root there may not trace it: its memory is the host's (ptrace(2)). */
static _Noreturn void enter(const char *path, int told, int held)
{
	char byte = 0;
	owned_fd namespace = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || namespace < 0 || setns(namespace, CLONE_NEWUSER) < 0)
		_exit(1);
	if (write(told, &byte, 1) == 1)
		(void)!read(held, &byte, 1);
	_exit(0);
}

static int print_file(pid_t pid, const char *name)
{
	static char text[MOST_BYTES];
	char path[64];
	ssize_t got, length = 0;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((got = read(fd, text + length, sizeof(text) - (size_t)length)) > 0)
		length += got;
	return got < 0 ? -1 : write_all(STDOUT_FILENO, text, (size_t)length);
}

static int print_maps(pid_t pid)
{
	if (print_file(pid, "uid_map") < 0 || write_all(STDOUT_FILENO, "", 1) < 0 || print_file(pid, "gid_map") < 0 ||
	    write_all(STDOUT_FILENO, "", 1) < 0)
		return -1;
	return print_file(pid, "setgroups");
}

int id_map_reader_main(int argc, char **argv)
{
	int inside[2], held[2];
	char byte;
	if (argc != 3 || pipe2(inside, O_CLOEXEC) < 0 || pipe2(held, O_CLOEXEC) < 0)
		return 2;
	pid_t pid = fork();
	if (pid == 0) {
		/* The other ends must not keep the pipes open. */
		close(inside[0]);
		close(held[1]);
		enter(argv[2], inside[1], held[0]);
	}
	close(inside[1]);
	int result = pid > 0 && read(inside[0], &byte, 1) == 1 ? print_maps(pid) : -1;
	close(held[1]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return result < 0 ? 1 : 0;
}
