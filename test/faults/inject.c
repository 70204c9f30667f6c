/*
 * Runs a command and lets a fault happen at one system call of one of its processes:
 *
 *   inject PROCESS INDEX FAULT OUTPUT COMMAND...
 *     PROCESS  in order of birth: 0 the command itself; or pid=N, which runs already
 *     INDEX    of the system call among those of PROCESS's first thread, from 1; 0: none, all are only recorded
 *     FAULT    kill, stop (and leave: the process stays stopped), do:SCRIPT (which a shell runs before the call is made), or an errno that
 *              the call fails with instead of being made; but a descriptor is closed all the same, as by any kernel (close(2));
 *              ERRNO+N: so many calls later it is killed as well
 *     OUTPUT   gets the system calls in order, each as its number, first argument, and whether it opens /etc/passwd; of a fault, the one where it happened (both of two)
 *
 * The count is of one process, not of a name as strace(1) counts, so that each point exists and no other process is hit by it. It answers
 * the command's status (128 + n for signal n) as soon as the command has ended: what still runs then goes on untraced.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "inject.c knows the registers of x86-64 only"
#endif

#define MOST 4096
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static pid_t threads[MOST];
static unsigned thread_count;
static pid_t target; /* the process that is counted, once it is born */
static unsigned wanted_process, processes;
static unsigned long wanted_index, seen;
static const char *fault;
static FILE *output;
static bool over;
static int pending_error;

static bool is_process(pid_t thread)
{
	char path[64], line[256];
	int group = 0;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	FILE *status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %d", &group) == 1)
			break;
	if (status)
		fclose(status);
	return group == thread;
}

/* A child's first stop may come before its parent's event. */
static void meet(pid_t thread)
{
	for (unsigned i = 0; i < thread_count; i++)
		if (threads[i] == thread)
			return;
	if (thread_count == MOST)
		exit(125);
	threads[thread_count++] = thread;
	if (is_process(thread) && processes++ == wanted_process)
		target = thread;
}

static void resume(pid_t thread, int number)
{
	bool counted = thread == target && (!over || pending_error);
	ptrace(counted ? PTRACE_SYSCALL : PTRACE_CONT, thread, NULL, (void *)(long)number);
}

/* Whether the call looks for the accounts of the container. */
static bool opens_accounts(pid_t thread, const struct __ptrace_syscall_info *info)
{
	static const char path[2 * sizeof(long)] = "/etc/passwd";
	long words[2] = { 0, 0 };
	if (info->entry.nr != SYS_openat2)
		return false;
	for (int i = 0; i < 2; i++)
		words[i] = ptrace(PTRACE_PEEKDATA, thread, (void *)(uintptr_t)(info->entry.args[1] + (size_t)i * sizeof(long)), NULL);
	return strcmp((const char *)words, path) == 0;
}

static void note(pid_t thread, const struct __ptrace_syscall_info *info)
{
	const char *what = opens_accounts(thread, info) ? " accounts" : "";
	fprintf(output, "%llu %llu%s\n", (unsigned long long)info->entry.nr, (unsigned long long)info->entry.args[0], what);
}

static void happen(pid_t thread, unsigned long long call)
{
	over = true;
	if (strcmp(fault, "kill") == 0) {
		kill(thread, SIGKILL);
		return;
	}
	if (strcmp(fault, "stop") == 0) {
		ptrace(PTRACE_DETACH, thread, NULL, (void *)(long)SIGSTOP);
		exit(0);
	}
	if (strncmp(fault, "do:", 3) == 0) {
		if (system(fault + 3) != 0)
			exit(125);
		return;
	}
	pending_error = atoi(fault);
	const char *second = strchr(fault, '+');
	if (second) {
		wanted_index = seen + strtoul(second + 1, NULL, 10);
		fault = "kill";
		over = false;
	}
	/* No system call has this number, so nothing is done; the answer is put in its place at the way out. */
	if (call != SYS_close)
		ptrace(PTRACE_POKEUSER, thread, offsetof(struct user, regs.orig_rax), (void *)-1L);
}

static void at_system_call(pid_t thread)
{
	struct __ptrace_syscall_info info = { 0 };
	ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && pending_error) {
		ptrace(PTRACE_POKEUSER, thread, offsetof(struct user, regs.rax), (void *)(long)-pending_error);
		pending_error = 0;
	} else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && !over) {
		seen++;
		if (wanted_index == 0 || seen == wanted_index)
			note(thread, &info);
		if (seen == wanted_index)
			happen(thread, info.entry.nr);
	}
	resume(thread, 0);
}

static void at_stop(pid_t thread, int status)
{
	int number = WSTOPSIG(status), event = status >> 16;
	unsigned long child;
	/* The command is met when it is executed: its system calls begin there. */
	meet(thread);
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
		ptrace(PTRACE_GETEVENTMSG, thread, NULL, &child);
		meet((pid_t)child);
		resume(thread, 0);
	} else if (number == (SIGTRAP | 0x80)) {
		at_system_call(thread);
	} else {
		resume(thread, event ? 0 : number);
	}
}

/* A process that is not the command's child, such as a waiting init. */
static void attach(pid_t process)
{
	if (ptrace(PTRACE_SEIZE, process, NULL, (void *)(long)OPTIONS) < 0 || ptrace(PTRACE_INTERRUPT, process, NULL, NULL) < 0)
		exit(125);
	int status;
	waitpid(process, &status, __WALL);
	threads[thread_count++] = target = process;
	resume(process, 0);
}

/* Seized, not PTRACE_TRACEME: a child that is born in the moment in which this program ends would be left with a SIGSTOP. */
static pid_t start(char **command)
{
	int gate[2];
	if (pipe2(gate, O_CLOEXEC) < 0)
		exit(125);
	pid_t child = fork();
	if (child == 0) {
		char go;
		close(gate[1]);
		if (read(gate[0], &go, 1) == 1)
			execv(command[0], command);
		_exit(126);
	}
	if (child < 0 || ptrace(PTRACE_SEIZE, child, NULL, (void *)(long)OPTIONS) < 0 || write(gate[1], "", 1) != 1)
		exit(125);
	return child;
}

int main(int argc, char **argv)
{
	if (argc < 6)
		return 125;
	wanted_process = (unsigned)atoi(argv[1]);
	wanted_index = strtoul(argv[2], NULL, 10);
	fault = argv[3];
	output = fopen(argv[4], "we");
	if (!output)
		return 125;
	/* No process of the command is the wanted one then. */
	if (strncmp(argv[1], "pid=", 4) == 0) {
		wanted_process = MOST;
		attach((pid_t)atoi(argv[1] + 4));
	}
	pid_t command = start(argv + 5);
	for (;;) {
		int status;
		pid_t thread = waitpid(-1, &status, __WALL);
		if (thread < 0 && errno == EINTR)
			continue;
		if (thread < 0)
			return 125;
		if (WIFSTOPPED(status))
			at_stop(thread, status);
		else if (thread == command)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}
