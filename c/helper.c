/*
 * The helper's role: walks the plan of one container, and answers with an exit status or, where something went wrong, with a record for
 * TypeScript to word. It decides nothing and prints nothing. The front becomes it (handoff.c), or a library executes
 *
 *   tsrun @helper MODE STATE_DIRECTORY REPORT [ARGV...]
 *     MODE    create | run | run-keep | run-detach | start | teardown | discard=PID.START | finish=PID.START | kill=SIGNAL |
 *             kill-all=SIGNAL | pause | resume | update | rollback | exec=FD | exec-detach=FD | collect=FD
 *     FD      where the plan of an exec, or of what has no state directory, comes from, a pipe or a file: it is not kept
 *     REPORT  exec=/path/of/engine (execute it as `@report FD ARGV...`) or fd=N (write the record there)
 */
#define _GNU_SOURCE
#include "channel.h"
#include "foreground.h"
#include "handoff.h"
#include "mode.h"
#include "record.h"
#include "run.h"
#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct walk walk;
static struct plan plan;

static void set_up_walk(const char *state_path)
{
	walk = (struct walk){ .plan = &plan, .me = HOST, .turn = HOST, .state_path = state_path, .state_directory = -1, .cgroup = -1, .init_pidfd = -1, .target_pidfd = -1,
			      .start_fifo = -1, .fifo_reader = -1, .channel = -1, .host_root = -1, .rootfs = -1,
			      .empty_directory = -1, .fifo_writer = -1, .notify_socket = -1, .console_socket = -1, .terminal = -1, .slave = -1,
			      .own_listener = -1, .id_map = -1, .network = { .home = -1, .container = -1 }, .listener = { .socket = -1 }, .sub_cgroup = -1, .hook_outputs = { -1, -1 },
			      .caller = { .umask = 022 } };
	for (unsigned i = 0; i < NS_COUNT; i++)
		walk.namespaces[i] = -1;
}

/* The front set its own umask; hooks get the caller's. */
static void note_caller(void)
{
	const char *address = getenv("NOTIFY_SOCKET");
	const char *mask = getenv("TSRUN_CALLER_UMASK");
	if (mask)
		walk.caller.umask = (mode_t)strtoul(mask, NULL, 8) & 0777;
	walk.caller.notify_socket = address && *address ? address : NULL;
}

static void kill_init(void)
{
	int status = 0;
	if (walk.init_pidfd < 0)
		return;
	syscall(SYS_pidfd_send_signal, walk.init_pidfd, SIGKILL, NULL, 0);
	pid_t got;
	do
		got = waitpid(walk.init, &status, 0);
	while (got < 0 && errno == EINTR);
	/* init died before the helper asked it to: how is the best clue there is. */
	if (current_report.call && strcmp(current_report.call, "died") == 0 && got == walk.init && WIFSIGNALED(status))
		record_add_death(WTERMSIG(status));
}

/* init after its part of create: it never returns to the caller. */
static _Noreturn void become_program(int result)
{
	struct message message;
	if (result == 0 && commit_received(&walk))
		result = run_section(&walk, SECTION_START);
	message_from_report(&message, walk.line);
	/* Nobody may be left to hear it: then the end of init is all there is to say. */
	if (result < 0 && walk.channel >= 0)
		channel_send(walk.channel, &message, -1);
	else if (result < 0 && walk.fifo_writer >= 0)
		write_all(walk.fifo_writer, &message, sizeof(message));
	_exit(1);
}

/* Memory that ran short explains whatever else is reported; that nothing can be told of it is said too, as the cgroup may be gone already. */
static void note_memory(void)
{
	struct cgroup_memory memory;
	if (!run_read_memory(&walk, &memory) || memory.reached > 0 || memory.out_of_memory > 0 || memory.killed > 0)
		record_add_memory(&memory);
}

static void note_cleanup(unsigned line)
{
	record_add("cleanup", line);
}

static void note_failure(unsigned line)
{
	record_add("failure", line);
}

static void note_warning(unsigned line)
{
	record_add("warning", line);
}

static int fail(void)
{
	record_add("failure", walk.failed_line ? walk.failed_line : walk.line);
	return -1;
}

/* The specification wants poststop hooks after a failed create too; they are told of only if another hook was begun. */
static bool began_hook(void)
{
	unsigned reached = walk.failed_line ? walk.failed_line : walk.line;
	for (size_t i = 0; i < plan.section_start[SECTION_TEARDOWN]; i++) {
		const struct op *op = &plan.ops[i];
		if ((op->code == OP_RUN_HOOK || op->code == OP_RUN_CONTAINER_HOOK) && op->line <= reached)
			return true;
	}
	return false;
}

/* Undoing and telling take descriptors, which may be what has run short. */
static void drop_slots(void)
{
	for (unsigned i = 0; i < plan.slot_count; i++)
		descriptor_close(&walk.slots[i]);
}

static int create(const struct mode *mode)
{
	int result = run_section(&walk, SECTION_CREATE);
	if (walk.me == INIT)
		become_program(result);
	if (mode->supervises)
		signals_hold_all();
	if (result == 0 && !mode->starts)
		result = commit_send(&walk);
	else if (result == 0)
		result = run_section(&walk, SECTION_START);
	if (result == 0) {
		network_devices_leave(&walk);
		return 0;
	}
	drop_slots();
	/* At once: systemd removes the cgroup of a scope, with what it has counted, as soon as init is gone. */
	note_memory();
	fail();
	kill_init();
	network_devices_give_back(&walk, note_cleanup);
	systemd_end_placeholder(&walk);
	run_teardown(&walk, began_hook(), note_cleanup);
	return -1;
}

/* Of one process beside the others nothing is kept: when it could not be made, it is only ended. */
static int execute(void)
{
	int result = run_section(&walk, SECTION_CREATE);
	if (walk.me == INIT)
		become_program(result);
	if (result == 0 && run_section(&walk, SECTION_START) == 0)
		return 0;
	fail();
	kill_init();
	return -1;
}

static int run_to_the_end(const struct mode *mode)
{
	int status;
	if (foreground_wait(&walk, &status) < 0)
		return fail();
	if (mode->tears_down)
		run_teardown(&walk, true, note_warning);
	else if (!mode->executes)
		foreground_write_exit(&walk, status);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A container whose program could not be executed, or whose poststart hook failed (runtime.md, step 9), is stopped; why stays beside it. */
static int start(void)
{
	if (run_section(&walk, SECTION_START) == 0)
		return 0;
	note_memory();
	fail();
	if (walk.init_pidfd >= 0 && walk.init_awake && process_end_init(&walk) < 0)
		record_add("cleanup", 0);
	record_save(walk.state_directory, "failure");
	return -1;
}

/* What a delete cannot remove is its failure, but not what a hook does. */
static void note_teardown(unsigned line)
{
	bool hook = false;
	for (size_t i = plan.section_start[SECTION_TEARDOWN]; i < plan.section_start[SECTION_TEARDOWN + 1]; i++)
		hook = hook || (plan.ops[i].line == line && run_is_for_hooks(plan.ops[i].code));
	record_add(hook ? "warning" : "failure", line);
}

/* An init that still lives is killed first: without a cgroup there is nothing else that would. That it is stopped has no errno. */
static int tear_down(void)
{
	if (process_find_init(&walk) < 0 ? current_report.error != 0 : process_end_init(&walk) < 0)
		return fail();
	return run_teardown(&walk, true, note_teardown);
}

/*
 * What somebody left who was killed, and only that: what bears its name by now may be another's, so it is looked at once more when nobody
 * else can be at it, and through the descriptor that everything is then removed through. TypeScript has seen that the creator is dead, and so
 * makes no other container, or (`finish`) that a removal had begun: a creator that lives may have made another one since. Neither has an init
 * that others may want: it has ended, or was never published.
 */
static int discard(const struct mode *mode, const char *text)
{
	char *rest = strchr(text, '=');
	pid_t pid = rest ? (pid_t)strtol(rest + 1, &rest, 10) : 0;
	uint64_t start = rest && *rest == '.' ? strtoull(rest + 1, NULL, 10) : 0;
	if (state_lock(&walk) < 0)
		return fail();
	bool begun = faccessat(walk.state_directory, REMOVAL_MARK, F_OK, 0) == 0;
	bool wanted = process_init_lives(&walk) || (mode->finishes && !begun);
	return wanted || !process_is_creator(&walk, pid, start) ? 0 : tear_down();
}

static int do_kill(const char *mode)
{
	int signal = (int)strtol(strchr(mode, '=') + 1, NULL, 10);
	bool all = strncmp(mode, "kill-all", 8) == 0;
	if (process_find_init(&walk) < 0 || (all ? run_kill_all(&walk, signal) : process_signal_init(&walk, signal)) < 0)
		return fail();
	return 0;
}

/* The plan of an update: `create` has the changes, `teardown` the way back. Nobody else is at it: TypeScript holds a lock. */
static int update(const struct mode *mode)
{
	if (mode->updates && run_section(&walk, SECTION_CREATE) == 0)
		return 0;
	if (mode->updates)
		fail();
	return run_every(&walk, SECTION_TEARDOWN, mode->updates ? note_cleanup : note_failure) < 0 || mode->updates ? -1 : 0;
}

static int freeze_or_thaw(const struct mode *mode)
{
	return run_freeze(&walk, mode->freezes) < 0 ? fail() : 0;
}

static int do_mode(const struct mode *mode)
{
	if (mode->collects)
		return run_every(&walk, SECTION_TEARDOWN, note_failure) < 0 ? -1 : 0;
	if (mode->freezes || mode->thaws)
		return freeze_or_thaw(mode);
	if (mode->undoes)
		return update(mode);
	if (mode->creates && create(mode) < 0)
		return -1;
	if (mode->executes && execute() < 0)
		return -1;
	if (mode->supervises)
		return run_to_the_end(mode);
	if (mode->starts && !mode->creates)
		return start();
	return mode->tears_down ? tear_down() : 0;
}

static int open_state_directory(void)
{
	if (walk.state_directory < 0)
		walk.state_directory = open(walk.state_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return walk.state_directory < 0 ? report_set("open", "%s", walk.state_path) : 0;
}

/* The plan of the container, of its update, or the one that was handed over. */
static int open_plan(const struct mode *mode, const char *text)
{
	bool given = mode->executes || mode->collects;
	const char *name = given ? "the plan" : mode->undoes ? "update" : "plan", *value = strchr(text, '=');
	int fd = given && value ? plan_pipe_open((int)strtol(value + 1, NULL, 10))
					 : openat(walk.state_directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return fd < 0 ? report_set("open", "%s", name) : fd;
}

static int read_plan(const struct mode *mode, const char *text)
{
	struct plan_error error;
	if (!mode->collects && open_state_directory() < 0)
		return -1;
	owned_fd fd = open_plan(mode, text);
	if (fd < 0)
		return -1;
	if (plan_read(fd, &plan, &error) < 0) {
		walk.line = error.line;
		errno = error.error;
		if (error.error)
			return report_set("read", "the plan");
		return report_refuse("bad plan", "%s", error.problem);
	}
	record_quote_plan(descriptor_take(&fd));
	return 0;
}

/* As many as are needed: while a program runs in the foreground this process stays. */
static int make_slots(void)
{
	walk.slots = malloc((plan.slot_count + 1) * sizeof(*walk.slots));
	if (!walk.slots)
		return report_set("malloc", NULL);
	for (unsigned i = 0; i < plan.slot_count; i++)
		walk.slots[i] = -1;
	return 0;
}

static int prepare(const struct mode *mode, const char *text)
{
	/* Without root the id maps of init can be written only while its files in /proc are the user's own: become-root ends that. */
	if ((geteuid() == 0 || mode->executes) && prctl(PR_SET_DUMPABLE, 0) < 0)
		return report_set("prctl", "PR_SET_DUMPABLE");
	if (read_plan(mode, text) < 0 || make_slots() < 0)
		return -1;
	return (mode->creates || mode->executes) && !sealed_is() ? sealed_report() : 0;
}

/* Before anything was done: a create has only its claim to take back, and a delete finds that another one is further than itself. */
static int give_up(const struct mode *mode)
{
	if (mode->tears_down && !mode->creates && current_report.error == ENOENT)
		return walk.state_directory < 0 || state_remove(&walk) == 0 ? 0 : fail();
	fail();
	if (mode->creates && (open_state_directory() < 0 || state_remove(&walk) < 0))
		note_cleanup(0);
	return -1;
}

int helper_run(const char *mode_text, const char *state_directory, const char *report, int argc, char **argv)
{
	const struct mode *mode = mode_find(mode_text);
	if (!mode)
		return 2;
	signals_reset();
	signals_bear_limits();
	set_up_walk(state_directory);
	note_caller();
	signals_hold_ending();
	/* runc's status where the program of an exec has not run: no other can be told from the program's own. */
	int status = -1, failed = mode->executes ? 255 : 1;
	if (prepare(mode, mode_text) < 0)
		status = give_up(mode);
	else
		status = mode->kills ? do_kill(mode_text) : mode->discards ? discard(mode, mode_text) : do_mode(mode);
	handoff_reap_engine();
	if (record_is_empty())
		return status;
	return record_deliver(report, argc, argv, status < 0 ? failed : status);
}

int helper_main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	/* Returns where no copy can be made; helper_run then has it worded. */
	if (!sealed_is())
		sealed_execute(argv, environ);
	return helper_run(argv[2], argv[3], argv[4], argc - 5, argv + 5);
}
