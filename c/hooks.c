/*
 * Runs one hook and waits for it, whatever it does: hangs, prints a gigabyte, leaves a child behind that holds its output, or never
 * reads. It must never wait for anybody but the hook itself, and never signal a process outside the hook's own group.
 */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEPT_OUTPUT 512        /* of the end of what it prints: where a program says why it gave up */
#define MOST_LEFT_OVER 65536   /* read after its end: the capacity of a pipe (pipe(7)), all that it can have left there */

/* What the child could not do before it became the hook. */
struct child_failure {
	int error;
	char call[16];
};

struct run {
	pid_t pid;
	int pidfd, input, output, failure;
	char *text; /* for standard input */
	size_t length, sent;
	char tail[KEPT_OUTPUT];
	size_t tail_length;
	uint64_t deadline; /* CLOCK_MONOTONIC nanoseconds, 0 = none */
};

static uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static _Noreturn void give_up(int failure, const char *call)
{
	struct child_failure record = { .error = errno };
	snprintf(record.call, sizeof(record.call), "%s", call);
	/* If even this fails, the exit status is all that the parent gets. */
	(void)write_all(failure, &record, sizeof(record));
	_exit(127);
}

/* A file that is wanted for it, or the pipe whose end is kept. */
static int output_of(const struct hook *hook, enum stream stream, int pipe)
{
	return hook->outputs && hook->outputs[stream] >= 0 ? hook->outputs[stream] : pipe;
}

static _Noreturn void become_hook(const struct hook *hook, int input, int output, int failure, mode_t umask_of_hook, pid_t helper)
{
	static char *const nothing[] = { NULL };
	char *path_only[] = { (char *)(uintptr_t)hook->path, NULL };
	/* A session of its own: no controlling terminal to push input into, and a group that can be killed as a whole. */
	if (setsid() < 0)
		give_up(failure, "setsid");
	/* The helper may have died before the signal was asked for; a pid does not change while its process lives. */
	if (hook->bound && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != helper))
		give_up(failure, "prctl");
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output_of(hook, STREAM_OUTPUT, output), STDOUT_FILENO) < 0 ||
	    dup2(output_of(hook, STREAM_ERROR, output), STDERR_FILENO) < 0)
		give_up(failure, "dup2");
	/* All of ours are close-on-exec already; preserved ones of the caller are not, and are not for hooks (old runc gave its own away). */
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		give_up(failure, "close_range");
	umask(umask_of_hook);
	/* A bundle that is gone, or closed to the root of a user namespace, keeps no hook from running. */
	if (hook->directory && *hook->directory)
		(void)!chdir(hook->directory);
	signals_reset();
	execve(hook->path, hook->args && hook->args[0] ? hook->args : path_only, hook->env ? hook->env : nothing);
	give_up(failure, "execve");
}

int hook_open_output(struct walk *walk, enum stream stream, const char *path)
{
	/* Whoever reads a FIFO is there, or nobody is waited for (ENXIO, fifo(7)); hooks write as into any file. */
	owned_fd file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
	if (file < 0)
		return report_set("open", NULL);
	if (fcntl(file, F_SETFL, O_APPEND) < 0)
		return report_set("fcntl", "O_APPEND");
	descriptor_close(&walk->hook_outputs[stream]);
	walk->hook_outputs[stream] = descriptor_take(&file);
	return 0;
}

void hook_close_outputs(struct walk *walk)
{
	for (unsigned i = 0; i < STREAM_COUNT; i++)
		descriptor_close(&walk->hook_outputs[i]);
}

static int set_nonblocking(int fd)
{
	/* The file status flags of our ends only: each end of a pipe is an open file description of its own (pipe(2)). */
	return fcntl(fd, F_SETFL, O_NONBLOCK);
}

/* The numbers 0 to 2 are open (the front sees to it), so no pipe end is one of them and dup2 never meets itself. */
static int start(const struct hook *hook, struct run *run, mode_t umask_of_hook)
{
	int input[2], output[2], failure[2];
	if (pipe2(input, O_CLOEXEC) < 0)
		return report_set("pipe2", NULL);
	owned_fd input_read = input[0];
	run->input = input[1];
	if (pipe2(output, O_CLOEXEC) < 0)
		return report_set("pipe2", NULL);
	run->output = output[0];
	owned_fd output_write = output[1];
	if (pipe2(failure, O_CLOEXEC) < 0)
		return report_set("pipe2", NULL);
	run->failure = failure[0];
	owned_fd failure_write = failure[1];
	if (set_nonblocking(run->input) < 0 || set_nonblocking(run->output) < 0 || set_nonblocking(run->failure) < 0)
		return report_set("fcntl", "O_NONBLOCK");
	pid_t helper = getpid();
	run->pid = fork();
	if (run->pid < 0)
		return report_set("fork", NULL);
	if (run->pid == 0)
		become_hook(hook, input_read, output_write, failure_write, umask_of_hook, helper);
	/* No race: the pid is our child's until we have waited for it. */
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	return run->pidfd < 0 ? report_set("pidfd_open", NULL) : 0;
}

static void keep_tail(struct run *run, const char *data, size_t length)
{
	if (length >= KEPT_OUTPUT) {
		memcpy(run->tail, data + length - KEPT_OUTPUT, KEPT_OUTPUT);
		run->tail_length = KEPT_OUTPUT;
		return;
	}
	size_t kept = run->tail_length < KEPT_OUTPUT - length ? run->tail_length : KEPT_OUTPUT - length;
	memmove(run->tail, run->tail + run->tail_length - kept, kept);
	memcpy(run->tail + kept, data, length);
	run->tail_length = kept + length;
}

/* Reads what is there, at most `most`; closes the output at its end. */
static void take_output(struct run *run, size_t most)
{
	char data[4096];
	while (run->output >= 0 && most > 0) {
		ssize_t got = read(run->output, data, sizeof(data));
		if (got > 0) {
			keep_tail(run, data, (size_t)got);
			most -= (size_t)got < most ? (size_t)got : most;
			continue;
		}
		/* EAGAIN: nothing more for now. EINTR: poll says again that there is something. */
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* The end, or an error of a pipe, which nothing can be done about: the output only illustrates. */
		descriptor_close(&run->output);
	}
}

static void give_input(struct run *run)
{
	ssize_t written = write(run->input, run->text + run->sent, run->length - run->sent);
	if (written > 0)
		run->sent += (size_t)written;
	/* EAGAIN: the pipe is full. EINTR: once more. EPIPE (any other): the hook does not want to know, as hooks may. */
	bool again = written < 0 && (errno == EAGAIN || errno == EINTR);
	if (run->sent == run->length || (written < 0 && !again))
		descriptor_close(&run->input);
}

static bool remaining_time(const struct run *run, struct timespec *left)
{
	uint64_t time = now();
	if (time >= run->deadline)
		return false;
	left->tv_sec = (time_t)((run->deadline - time) / 1000000000u);
	left->tv_nsec = (long)((run->deadline - time) % 1000000000u);
	return true;
}

/* Until the hook has ended: a grandchild that still holds the output is not waited for. */
static int converse(struct run *run, uint64_t timeout)
{
	sigset_t mask;
	signals_let_end(&mask);
	for (;;) {
		struct timespec left;
		if (run->deadline && !remaining_time(run, &left))
			return report_refuse("timeout", "hook ran past specified timeout of %llu.%llus", (unsigned long long)timeout / 1000,
					     (unsigned long long)timeout % 1000 / 100);
		/* poll(2) passes over negative descriptors: what is closed is not asked about. */
		struct pollfd polled[] = { { .fd = run->pidfd, .events = POLLIN }, { .fd = run->output, .events = POLLIN },
					   { .fd = run->input, .events = POLLOUT } };
		int ready = ppoll(polled, 3, run->deadline ? &left : NULL, &mask);
		if (ready < 0 && errno != EINTR)
			return report_set("ppoll", NULL);
		if (ready < 0 && channel_interrupted)
			return report_refuse("interrupted", "signal %d", channel_interrupted);
		if (ready <= 0)
			continue;
		if (polled[1].revents)
			take_output(run, sizeof(run->tail) * 64);
		if (polled[2].revents)
			give_input(run);
		if (polled[0].revents)
			return 0;
	}
}

/* A record is text, which a NUL would end: what comes behind it is what tells. */
static void drop_nuls(struct run *run)
{
	size_t kept = 0;
	for (size_t i = 0; i < run->tail_length; i++)
		if (run->tail[i])
			run->tail[kept++] = run->tail[i];
	run->tail_length = kept;
}

static int judge(struct run *run, const struct hook *hook, int status)
{
	struct child_failure failure;
	take_output(run, MOST_LEFT_OVER);
	if (read(run->failure, &failure, sizeof(failure)) == (ssize_t)sizeof(failure)) {
		static char call[sizeof(failure.call)];
		memcpy(call, failure.call, sizeof(call));
		call[sizeof(call) - 1] = '\0';
		errno = failure.error;
		return report_set(call, "%s", hook->path);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	drop_nuls(run);
	while (run->tail_length > 0 && strchr("\n\r ", run->tail[run->tail_length - 1]))
		run->tail_length--;
	const char *separator = run->tail_length ? ", output: " : "";
	bool killed = WIFSIGNALED(status);
	return report_refuse(killed ? "hook signal" : "hook exit", killed ? "signal %d%s%.*s" : "exit status %d%s%.*s",
			     killed ? WTERMSIG(status) : WEXITSTATUS(status), separator, (int)run->tail_length, run->tail);
}

static int finish(struct run *run, const struct hook *hook, int result)
{
	int status = 0;
	if (run->pid <= 0)
		return -1;
	if (result < 0) {
		/* The group, and the child itself, which may not have made its session yet (ESRCH for the group is that). */
		kill(-run->pid, SIGKILL);
		kill(run->pid, SIGKILL);
	}
	while (waitpid(run->pid, &status, 0) < 0)
		if (errno != EINTR)
			return result < 0 ? -1 : report_set("waitpid", NULL);
	return result < 0 ? -1 : judge(run, hook, status);
}

int hook_run(const struct hook *hook, pid_t pid, mode_t umask_of_hook)
{
	struct run run = { .pidfd = -1, .input = -1, .output = -1, .failure = -1 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int length = asprintf(&run.text, "%s%d%s", hook->state, (int)pid, hook->tail);
	if (length < 0)
		return report_set("malloc", NULL);
	run.length = (size_t)length;
	/* A pipe, not a socket with MSG_NOSIGNAL: a hook in shell opens /dev/stdin, which fails on a socket (ENXIO, open(2)). */
	sigaction(SIGPIPE, &ignore, &before);
	int result = start(hook, &run, umask_of_hook);
	if (result == 0) {
		/* A timeout too long to be counted in nanoseconds is none. */
		bool bounded = hook->timeout > 0 && hook->timeout < UINT64_MAX / 2 / 1000000u;
		run.deadline = bounded ? now() + hook->timeout * 1000000u : 0;
		result = converse(&run, hook->timeout);
	}
	result = finish(&run, hook, result);
	sigaction(SIGPIPE, &before, NULL);
	descriptor_close(&run.pidfd);
	descriptor_close(&run.input);
	descriptor_close(&run.output);
	descriptor_close(&run.failure);
	free(run.text);
	return result;
}
