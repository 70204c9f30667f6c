/*
 * The engine computes in a child while this process waits, small, with the caller's descriptors; then this process does what the engine
 * has written into the pipe. So the engine's start and the helper's own preparations overlap, its memory is gone before the container
 * runs, and descriptors that are to be kept never pass through it (its execve closes them all).
 */
#define _GNU_SOURCE
#include "handoff.h"
#include "engine.h"
#include "caller_limits.h"
#include "sealed.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poison.h"

/* runc's status where the program of an exec has not run. */
#define EXEC_NEVER_RAN 255

/* A started engine: where it writes what it decides, and what it says. */
struct engine_process {
	int pipe, output;
	pid_t pid;
};

/* What the engine writes: MODE NUL STATE_DIRECTORY NUL, and for an exec the plan, to the end of the pipe. */
struct invocation {
	char text[PATH_MAX + 64];
	const char *mode, *state_directory;
	const char *rest; /* what has come with it of the plan */
	size_t rest_length;
};

/* 1; 0 when the engine ended without a word, -1 with errno when what it said did not arrive. */
static int read_invocation(int pipe, struct invocation *invocation)
{
	size_t have = 0;
	while (have < sizeof(invocation->text)) {
		ssize_t got = read(pipe, invocation->text + have, sizeof(invocation->text) - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0 && have == 0)
			return 0;
		if (got == 0)
			break;
		have += (size_t)got;
		const char *first = memchr(invocation->text, '\0', have);
		const char *second = first ? memchr(first + 1, '\0', have - (size_t)(first + 1 - invocation->text)) : NULL;
		if (second) {
			invocation->mode = invocation->text;
			invocation->state_directory = first + 1;
			invocation->rest = second + 1;
			invocation->rest_length = have - (size_t)(second + 1 - invocation->text);
			return 1;
		}
	}
	errno = EPROTO;
	return -1;
}

/* The mode as the helper has it: that of an exec says where its plan is. 1, or -1 with errno. */
static int take_plan(int pipe, const struct invocation *invocation, char *mode, size_t size)
{
	int plan = -1;
	if (strncmp(invocation->mode, "exec", 4) == 0 && (plan = plan_pipe_collect(pipe, invocation->rest, invocation->rest_length)) < 0)
		return -1;
	if (plan >= 0)
		snprintf(mode, size, "%s=%d", invocation->mode, plan);
	else
		snprintf(mode, size, "%s", invocation->mode);
	return 1;
}

/* The engine has ended without a wish: it has done, or said, all there is. */
static int take_status(struct engine_process *engine, bool debug)
{
	int status = 0;
	pid_t got;
	do
		got = waitpid(engine->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	int error = errno;
	engine_output_pass(&engine->output, got > 0 && WIFSIGNALED(status), debug);
	if (got < 0)
		return engine_missing("cannot wait for the engine (%s)", strerrorname_np(error));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	engine_missing("the engine was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

static pid_t engine_pid_to_reap;

void handoff_reap_engine(void)
{
	/* ECHILD: supervise() met it first. Left to PID 1 it would stay a zombie wherever that does not reap, as in many CI containers. */
	while (engine_pid_to_reap > 0 && waitpid(engine_pid_to_reap, NULL, 0) < 0 && errno == EINTR)
		;
	engine_pid_to_reap = 0;
}

static bool is_debug(char **argv)
{
	while (*argv && strcmp(*argv, "--debug") != 0)
		argv++;
	return *argv != NULL;
}

static int await_invocation(struct engine_process *process, const char *engine, int argc, char **argv)
{
	struct invocation invocation;
	char report[PATH_MAX + 8], mode[64];
	int got = read_invocation(process->pipe, &invocation);
	bool arrived = got == 1;
	if (arrived)
		got = take_plan(process->pipe, &invocation, mode, sizeof(mode));
	int error = errno;
	close(process->pipe);
	if (got == 0)
		return take_status(process, is_debug(argv));
	engine_output_pass(&process->output, false, is_debug(argv));
	if (arrived && got < 0) {
		engine_missing("cannot keep the plan of the process in memory (memfd_create): %s (%s)", strerrordesc_np(error), strerrorname_np(error));
		return EXEC_NEVER_RAN;
	}
	if (got < 0)
		return engine_missing("cannot read what the engine has decided (%s)", strerrorname_np(error));
	engine_pid_to_reap = process->pid;
	snprintf(report, sizeof(report), "exec=%s", engine);
	return helper_run(mode, invocation.state_directory, report, argc, argv);
}

static void keep_over_execve(const struct engine_process *process, bool keep)
{
	fcntl(process->pipe, F_SETFD, keep ? 0 : FD_CLOEXEC);
	if (process->output >= 0)
		fcntl(process->output, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

int await_main(int argc, char **argv)
{
	if (argc < 6)
		return 2;
	struct engine_process process = { .pipe = (int)strtol(argv[2], NULL, 10), .output = (int)strtol(argv[3], NULL, 10),
					  .pid = (pid_t)strtol(argv[4], NULL, 10) };
	/* Close-on-exec again, for everything that this process executes from now on. */
	keep_over_execve(&process, false);
	/* While the engine starts there is time; where it fails, whoever needs it first reports it. */
	procfs_root();
	return await_invocation(&process, argv[5], argc - 6, argv + 6);
}

static _Noreturn void become_engine(int pipe, int output, pid_t parent, const char *engine, int argc, char **argv, char **environment)
{
	static char name[] = "tsrun", noted[64];
	char **next = environment;
	/* tsrun killed means that nobody will do what the engine decides. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (fcntl(pipe, F_SETFD, 0) < 0 || (output >= 0 && dup2(output, STDERR_FILENO) < 0))
		_exit(engine_missing("cannot prepare the engine (%s)", strerrorname_np(errno)));
	limits_raise_for_engine();
	snprintf(noted, sizeof(noted), "TSRUN_CALLER_HANDOFF=%d", pipe);
	while (*next)
		next++;
	*next = noted;
	argv[0] = name;
	_exit(engine_execute(engine, argc, argv, environment));
}

/* True for the verbs whose helper enters a container: it must run from a copy that nobody can write (c/sealed.c). */
static bool enters_container(char **argv)
{
	for (; *argv; argv++)
		if (strcmp(*argv, "create") == 0 || strcmp(*argv, "run") == 0 || strcmp(*argv, "exec") == 0)
			return true;
	return false;
}

/* Goes on as `@await` in the sealed copy while the engine starts; returns when there can be none: the helper then says why. */
static void await_sealed(const struct engine_process *process, char *engine, int argc, char **argv, char **environment)
{
	char pipe_text[16], output_text[16], pid_text[16], name[] = "tsrun", role[] = "@await";
	char **arguments = calloc((size_t)argc + 6, sizeof(*arguments));
	if (!arguments)
		return;
	snprintf(pipe_text, sizeof(pipe_text), "%d", process->pipe);
	snprintf(output_text, sizeof(output_text), "%d", process->output);
	snprintf(pid_text, sizeof(pid_text), "%d", (int)process->pid);
	char *first[] = { name, role, pipe_text, output_text, pid_text, engine };
	memcpy(arguments, first, sizeof(first));
	memcpy(arguments + 6, argv + 1, (size_t)(argc - 1) * sizeof(*argv));
	keep_over_execve(process, true);
	sealed_execute(arguments, environment);
	keep_over_execve(process, false);
	free(arguments);
}

int handoff_run(int argc, char **argv, char **environment)
{
	int ends[2];
	char engine[PATH_MAX];
	if (!engine_find(engine))
		return engine_missing("cannot find its own program: /proc must be mounted (%s)", strerrorname_np(errno));
	if (!limits_check_engine())
		return 1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return engine_missing("cannot make a pipe (%s)", strerrorname_np(errno));
	struct engine_process process = { .pipe = ends[0], .output = engine_output_open() };
	pid_t self = getpid();
	process.pid = fork();
	if (process.pid < 0)
		return engine_missing("cannot start the engine: %s (%s)", strerrordesc_np(errno), strerrorname_np(errno));
	if (process.pid == 0)
		become_engine(ends[1], process.output, self, engine, argc, argv, environment);
	close(ends[1]);
	if (enters_container(argv + 1))
		await_sealed(&process, engine, argc, argv, environment);
	return await_invocation(&process, engine, argc - 1, argv + 1);
}
