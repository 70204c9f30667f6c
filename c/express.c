/*
 * `state`, `kill`, `start` and `exec` without the engine, whose start would cost as much as they do, or six times that. TypeScript wrote the words
 * and the plans beforehand: the plan of an exec as a template (exec_template.c), what `state` says into the container's `summary` (summary.c). Only the plain case is answered here. Whatever is unusual (other flags, no such
 * container, a missing file, anything that needs words) is left to the engine, which starts from the beginning.
 */
#define _GNU_SOURCE
#include "express.h"
#include "cgroup.h"
#include "engine.h"
#include "exec_template.h"
#include "process_stat.h"
#include "sealed.h"
#include "summary.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_SUMMARY 65536

struct line {
	const char *root, *verb, *id, *signal;
	struct exec_call exec;
};

struct view {
	int directory;
	pid_t pid;
	uint64_t start;
	bool fifo;
	bool hidden; /* there is a process of that pid, of which /proc tells nothing */
	struct summary summary;
	char text[MOST_SUMMARY]; /* that the summary is in */
};

/* Only flags that change nothing about a success; -1 when anything else is there. */
static int read_line(int argc, char **argv, struct line *line)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--systemd-cgroup") == 0)
			continue;
		bool root = strcmp(argv[i], "--root") == 0;
		if (!root && strcmp(argv[i], "--log") != 0 && strcmp(argv[i], "--log-format") != 0)
			return -1;
		if (++i == argc)
			return -1;
		if (root)
			line->root = argv[i];
	}
	int rest = argc - i;
	if (rest < 2)
		return -1;
	line->verb = argv[i];
	if (strcmp(line->verb, "exec") == 0)
		return exec_call_read(argv + i + 1, &line->id, &line->exec);
	line->id = argv[i + 1];
	line->signal = rest > 2 ? argv[i + 2] : "TERM";
	if (strcmp(line->verb, "state") == 0 || strcmp(line->verb, "start") == 0)
		return rest == 2 ? 0 : -1;
	return strcmp(line->verb, "kill") == 0 && rest <= 3 ? 0 : -1;
}

/* The same ids as parseContainerId() of src/base/container-id.ts; what is not one is for the engine to refuse. */
static bool is_id(const char *id)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
	size_t length = strlen(id);
	return length > 0 && length <= 255 && id[0] != '.' && id[0] != '-' && strspn(id, letters) == length;
}

static ssize_t read_at(int directory, const char *name, char *text, size_t size)
{
	owned_fd fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

static bool read_view(const struct line *line, struct view *view)
{
	char init[64];
	owned_fd root = open(line->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return false;
	view->directory = openat(root, line->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (view->directory < 0)
		return false;
	ssize_t length = read_at(view->directory, "summary", view->text, sizeof(view->text));
	if (length <= 0 || length == MOST_SUMMARY - 1 || read_at(view->directory, "init", init, sizeof(init)) <= 0)
		return false;
	/* Before init is looked at: a delete removes the fifo of an init that has ended, and that one must not count as running. */
	struct stat status;
	view->fifo = fstatat(view->directory, "exec.fifo", &status, AT_SYMLINK_NOFOLLOW) == 0;
	return process_identity_parse(init, &view->pid, &view->start) && summary_parse(view->text, (size_t)length, &view->summary);
}

/* The process's name, if it is init and lives; NULL when it has ended. */
static const char *find_living_init(struct view *view, char *text, size_t size)
{
	char path[32];
	struct process_stat stat;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)view->pid);
	if (read_at(AT_FDCWD, path, text, size) <= 0) {
		/* No /proc, one that hides it (hidepid), or no descriptor: a living container must not count as stopped. EPERM: another user's. */
		view->hidden = kill(view->pid, 0) == 0;
		return NULL;
	}
	if (!process_stat_parse(text, &stat))
		return NULL;
	return stat.state != 'Z' && stat.state != 'X' && stat.start == view->start ? stat.name : NULL;
}

static bool is_frozen(const struct view *view)
{
	char path[PATH_MAX], text[512];
	if (!*view->summary.cgroup || snprintf(path, sizeof(path), "%s/cgroup.events", view->summary.cgroup) >= (int)sizeof(path))
		return false;
	return read_at(AT_FDCWD, path, text, sizeof(text)) > 0 && strstr(text, "frozen 1");
}

/* The table of deriveStatus(), src/base/container-state.ts, for a container that create has published. */
static const char *find_status(const struct view *view, const char *name)
{
	if (!name)
		return "stopped";
	if (is_frozen(view))
		return "paused";
	if (strcmp(name, "tsrun:init") == 0 && view->fifo)
		return "created";
	return "running";
}

/*
 * Of a stopped container `state` also says whether memory killed it. That it did not is plain where its cgroup is still there and has counted
 * nothing; everything else is for the engine.
 */
static bool is_memory_known(const struct view *view)
{
	char text[1024];
	if (!*view->summary.cgroup)
		return true;
	owned_fd cgroup = open(view->summary.cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		return false;
	/* No such file: a cgroup without the controller. */
	return read_at(cgroup, "memory.events", text, sizeof(text)) <= 0 || cgroup_read_key(text, "oom_kill") <= 0;
}

static int print_state(struct view *view)
{
	/* Not on the stack, of which the caller's limit may leave little. */
	static char text[MOST_SUMMARY + 64];
	char stat_text[1024];
	const char *name = find_living_init(view, stat_text, sizeof(stat_text));
	int length = summary_print(&view->summary, name ? view->pid : 0, find_status(view, name), text, sizeof(text));
	if (length < 0 || view->hidden || (!name && !is_memory_known(view)))
		return -1;
	/* EPIPE and the like: whoever asked is gone, and nothing is left undone. */
	return write_all(STDOUT_FILENO, text, (size_t)length) < 0 && errno != EPIPE ? -1 : 0;
}

/* `TERM`, `SIGTERM` or a number; 0 for everything that the engine has to look at. */
static int signal_number(const char *text)
{
	if (*text >= '1' && *text <= '9') {
		char *rest;
		long number = strtol(text, &rest, 10);
		return *rest || number > SIGRTMAX ? 0 : (int)number;
	}
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int number = 1; number < 32; number++)
		if (sigabbrev_np(number) && strcmp(sigabbrev_np(number), text) == 0)
			return number;
	return 0;
}

static int send_signal(struct view *view, int number)
{
	char stat_text[1024];
	if (number == 0 || (number == SIGKILL && strcmp(view->summary.pid_namespace, "own") != 0))
		return -1;
	owned_fd pidfd = (int)syscall(SYS_pidfd_open, view->pid, 0);
	/* Once the pidfd is held the pid cannot become another process's: a start time that matches now is init's. */
	if (pidfd < 0 || !find_living_init(view, stat_text, sizeof(stat_text)))
		return -1;
	return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0 ? -1 : 0;
}

/* start of a container that waits for it: what prepareStart() of src/lifecycle/start.ts would decide. */
static int start(const struct line *line, struct view *view, int argc, char **argv)
{
	char stat_text[1024], engine[PATH_MAX], report[PATH_MAX + 8], directory[PATH_MAX];
	if (strcmp(find_status(view, find_living_init(view, stat_text, sizeof(stat_text))), "created") != 0)
		return -1;
	if (!engine_find(engine) || snprintf(directory, sizeof(directory), "%s/%s", line->root, line->id) >= (int)sizeof(directory))
		return -1;
	snprintf(report, sizeof(report), "exec=%s", engine);
	return helper_run("start", directory, report, argc - 1, argv + 1);
}

/* Root of a user namespace may keep state elsewhere: src/lifecycle/root.ts tells. The number is the kernel's PROC_USER_INIT_INO. */
static bool may_be_of_user(void)
{
	static const char first[] = "user:[4026531837]";
	char name[sizeof(first) + 16];
	if (!getenv("XDG_RUNTIME_DIR"))
		return false;
	ssize_t length = readlink("/proc/self/ns/user", name, sizeof(name));
	return length != (ssize_t)sizeof(first) - 1 || memcmp(name, first, sizeof(first) - 1) != 0;
}

/* Goes on as the helper in a sealed copy of the program; where there can be none, the helper says why. */
static int become_exec_helper(char *mode, char *directory, char *report, int argc, char **argv)
{
	char name[] = "tsrun", role[] = "@helper";
	char **arguments = calloc((size_t)argc + 5, sizeof(*arguments));
	if (!arguments)
		return -1;
	char *first[] = { name, role, mode, directory, report };
	memcpy(arguments, first, sizeof(first));
	memcpy(arguments + 5, argv + 1, (size_t)(argc - 1) * sizeof(*argv));
	sealed_execute(arguments, environ);
	free(arguments);
	return helper_run(mode, directory, report, argc - 1, argv + 1);
}

/*
 * What prepareExec() of src/lifecycle/exec.ts would decide of a container that is neither paused nor stopped. Sockets that were passed are a part of
 * what is to be decided.
 */
static int exec(struct line *line, struct view *view, int argc, char **argv)
{
	char stat_text[1024], mode[64], engine[PATH_MAX], report[PATH_MAX + 8], directory[PATH_MAX];
	const char *status = find_status(view, find_living_init(view, stat_text, sizeof(stat_text)));
	bool fit = strcmp(status, "running") == 0 || strcmp(status, "created") == 0;
	if (!fit || getenv("LISTEN_FDS"))
		return -1;
	if (!engine_find(engine) || snprintf(directory, sizeof(directory), "%s/%s", line->root, line->id) >= (int)sizeof(directory))
		return -1;
	line->exec.init = view->pid;
	line->exec.init_start = view->start;
	owned_fd plan = exec_template_fill(view->directory, &line->exec);
	/* The one descriptor that goes into the copy. */
	if (plan < 0 || fcntl(plan, F_SETFD, 0) < 0)
		return -1;
	snprintf(mode, sizeof(mode), "%s=%d", line->exec.detached ? "exec-detach" : "exec", descriptor_take(&plan));
	snprintf(report, sizeof(report), "exec=%s", engine);
	return become_exec_helper(mode, directory, report, argc, argv);
}

static int answer(struct line *line, struct view *view, int argc, char **argv)
{
	if (strcmp(line->verb, "exec") == 0)
		return exec(line, view, argc, argv);
	if (strcmp(line->verb, "start") == 0)
		return start(line, view, argc, argv);
	return strcmp(line->verb, "state") == 0 ? print_state(view) : send_signal(view, signal_number(line->signal));
}

int express_try(int argc, char **argv, bool *repeated)
{
	static struct view view;
	struct line line = { .root = geteuid() == 0 && !may_be_of_user() ? "/run/tsrun" : "" };
	int status = -1;
	if (read_line(argc, argv, &line) == 0 && line.root[0] == '/' && is_id(line.id) && read_view(&line, &view))
		status = answer(&line, &view, argc, argv);
	free(line.exec.env);
	*repeated = line.exec.repeated;
	return status;
}
