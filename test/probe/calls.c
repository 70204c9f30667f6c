/* System calls by number: what a filter answers them. */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* NUMBER [ARGUMENT...], each in the notation of C. */
static long call_of(char **args)
{
	unsigned long values[7] = { 0 };
	for (int i = 0; i < 7 && args[i]; i++)
		values[i] = strtoul(args[i], NULL, 0);
	return syscall((long)values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
}

int call(char **args)
{
	long result = call_of(args);
	if (result == -1)
		puts(strerrorname_np(errno) ? strerrorname_np(errno) : "?");
	else
		printf("%ld\n", result);
	return 0;
}

/* As a program for the 32-bit x86 would call it. */
int call_x86(char **args)
{
#ifdef __x86_64__
	long result = strtol(args[0], NULL, 0);
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	/* The kernel's own answer: a negative errno. */
	result = (int)result;
	if (result < 0 && result > -4096)
		puts(strerrorname_np((int)-result));
	else
		printf("%ld\n", result);
	return 0;
#else
	(void)args;
	errno = ENOSYS;
	return failed("int 0x80");
#endif
}

static void tell_trap(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	char text[64];
	int length = snprintf(text, sizeof(text), "SIGSYS call %d\n", info->si_syscall);
	(void)!write(STDOUT_FILENO, text, (size_t)length);
	_exit(0);
}

/* What a handler of SIGSYS is told. */
int call_trapped(char **args)
{
	struct sigaction action = { .sa_sigaction = tell_trap, .sa_flags = SA_SIGINFO };
	sigaction(SIGSYS, &action, NULL);
	call_of(args);
	return 1;
}

static void *call_in_thread(void *args)
{
	call_of(args);
	return NULL;
}

/* Whether the process outlives what happens to the thread that calls. */
int call_threaded(char **args)
{
	pthread_t thread;
	errno = pthread_create(&thread, NULL, call_in_thread, args);
	if (errno)
		return failed("pthread_create");
	pthread_join(thread, NULL);
	puts("alive");
	return 0;
}

/* What a tracer is told: the number beside SECCOMP_RET_TRACE. */
int call_traced(char **args)
{
	int status;
	unsigned long told = 0;
	pid_t pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		call_of(args);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) < 0)
		return failed("ptrace");
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
		return failed("ptrace");
	if (!WIFSTOPPED(status) || status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
		puts("no event");
		return 0;
	}
	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &told) < 0)
		return failed("ptrace");
	printf("event %lu\n", told);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 0;
}
