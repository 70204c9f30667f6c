/*
 * The entry of every command: puts what tsrun's caller left into order, notes what a container must get back, and becomes the
 * engine. It must never decide anything about a container. Nothing else in C words an error; here no engine is there to do it.
 */
#define _GNU_SOURCE
#include "engine.h"
#include "express.h"
#include "handoff.h"
#include "caller_limits.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3
#define MOST_PRESERVED 65536u

/* A closed 0, 1 or 2 would be taken by the next file opened, which a message or a container's output would then be written into. */
static bool open_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		struct stat status;
		/* Not O_CLOEXEC: these three are meant for everything that follows. The lowest free number is `fd`. */
		int opened = open("/dev/null", O_RDWR | O_NOCTTY);
		if (opened == fd && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
			continue;
		if (opened >= 0)
			close(opened);
		engine_missing("cannot open descriptor %d, which the caller closed: /dev/null must be the character device 1:3", fd);
		return false;
	}
	return true;
}

static bool parse_count(const char *text, unsigned *count)
{
	unsigned value = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > MOST_PRESERVED)
			return false;
	}
	*count = value;
	return true;
}

/*
 * The largest --preserve-fds before "--". What is no number is the engine's to word. Too large a count (the option may belong
 * to the container's program) does no harm: the plan's keep-descriptors decides what the program gets.
 */
static unsigned count_in_arguments(char **argv)
{
	static const char option[] = "-preserve-fds";
	const size_t length = sizeof(option) - 1;
	unsigned most = 0, count;
	for (char **argument = argv; *argument && strcmp(*argument, "--") != 0; argument++) {
		const char *text = NULL;
		/* Go's flag syntax: one dash is as good as two. */
		const char *name = strncmp(*argument, "--", 2) == 0 ? *argument + 1 : *argument;
		if (strncmp(name, option, length) != 0)
			continue;
		if (name[length] == '=')
			text = name + length + 1;
		else if (name[length] == '\0')
			text = argument[1];
		if (text && parse_count(text, &count) && count > most)
			most = count;
	}
	return most;
}

/* sd_listen_fds(3): the descriptors are for the process that LISTEN_PID names. */
static unsigned count_of_activation(void)
{
	const char *pid = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
	char own[16];
	unsigned count = 0;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	if (!count_text || (pid && strcmp(pid, own) != 0) || !parse_count(count_text, &count))
		return 0;
	return count;
}

/*
 * An allow-list, because what a JavaScript engine, its allocator, ICU and the dynamic loader obey (BUN_*, NODE_*, LD_*, ICU_*,
 * MIMALLOC_*, GCONV_PATH, LOCPATH, ...) grows with each of their releases: `strings` on Bun 1.4.5 finds about 300 names.
 */
static bool is_kept_variable(const char *entry, bool activated)
{
	static const char *const names[] = {
		"PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "NOTIFY_SOCKET", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
		"TERM", "TZ", "LANG", "LC_ALL", "NO_COLOR",
	};
	static const char noted[] = "TSRUN_CALLER_", own[] = "TSRUN_", activation[] = "LISTEN_";
	size_t length = strcspn(entry, "=");
	if (entry[length] != '=')
		return false;
	if (strncmp(entry, noted, sizeof(noted) - 1) == 0)
		return false;
	if (strncmp(entry, own, sizeof(own) - 1) == 0)
		return true;
	if (strncmp(entry, activation, sizeof(activation) - 1) == 0)
		return activated;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && strncmp(entry, names[i], length) == 0)
			return true;
	return false;
}

/* What the engine changes or hides before any TypeScript runs, so it is noted here. */
struct notes {
	char cwd[PATH_MAX + 32];
	char umask[40];
	char open[40];
};

/* The hand-off, and the engine, open descriptors of their own: only here can those that the caller left open be told from them. */
static unsigned count_open(void)
{
	unsigned count = 0;
	while (count < MOST_PRESERVED && fcntl((int)(FIRST_DESCRIPTOR + count), F_GETFD) >= 0)
		count++;
	return count;
}

static void note_caller(struct notes *notes)
{
	char cwd[PATH_MAX];
	notes->cwd[0] = '\0';
	/*
	 * The system call itself: "(unreachable)/..." is for us to refuse. ENOENT: the directory was deleted; EACCES, ERANGE: it
	 * cannot be named. All of them mean that there is none to resolve relative names from, which only matters if there are any.
	 */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) > 0 && cwd[0] == '/')
		snprintf(notes->cwd, sizeof(notes->cwd), "TSRUN_CALLER_CWD=%s", cwd);
	snprintf(notes->open, sizeof(notes->open), "TSRUN_CALLER_OPEN=%u", count_open());
	snprintf(notes->umask, sizeof(notes->umask), "TSRUN_CALLER_UMASK=%03o", (unsigned)umask(022));
}

/*
 * A just-in-time compiler does not pay in a command that is over before: without it the engine starts 0.8 ms earlier (ARCHITECTURE, start-up).
 * `check` may have 16 MiB to look through, for which it is ten times as fast with one. Another command with an argument of this name only
 * starts later.
 */
static bool has_long_work(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "check") == 0)
			return true;
	return false;
}

static char **build_environment(struct notes *notes, bool activated, bool compiles)
{
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	/* Four are added here, one each by front_main() and by the hand-off. */
	char **environment = calloc(count + 7, sizeof(*environment));
	if (!environment)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (is_kept_variable(environ[i], activated))
			environment[kept++] = environ[i];
	if (notes->cwd[0])
		environment[kept++] = notes->cwd;
	environment[kept++] = notes->open;
	if (!compiles)
		environment[kept++] = (char *)(uintptr_t)"BUN_JSC_useJIT=0";
	environment[kept] = notes->umask;
	return environment;
}

/* There is room: build_environment(). */
static void add_variable(char **environment, const char *entry)
{
	while (*environment)
		environment++;
	*environment = (char *)(uintptr_t)entry;
}

int front_main(int argc, char **argv)
{
	struct notes notes;
	if (!open_standard_descriptors())
		return 1;
	/* Linux 5.18 refuses an empty argv (execve(2)); an older kernel would have us read the environment as arguments. */
	if (argc < 1)
		return engine_missing("executed without arguments");
	/* The helper starts the engine as "@report FD ..." to have a failure worded; nobody else may have it believe that. */
	if (argc > 1 && argv[1][0] == '@')
		return engine_missing("unknown command \"%.100s\"", argv[1]);
	if (!limits_check_files())
		return 1;
	note_caller(&notes);
	signals_reset();
	signals_bear_limits();
	unsigned activated = count_of_activation();
	unsigned first_closed = FIRST_DESCRIPTOR + count_in_arguments(argv) + activated;
	if (syscall(SYS_close_range, first_closed, ~0U, 0) < 0)
		return engine_missing("cannot close inherited descriptors: close_range(2) needs kernel 5.9 (%s)", strerrorname_np(errno));
	if (chdir("/") < 0)
		return engine_missing("cannot change to /: %s (%s)", strerrordesc_np(errno), strerrorname_np(errno));
	char **environment = build_environment(&notes, activated > 0, has_long_work(argc, argv));
	if (!environment)
		return engine_missing("out of memory");
	environ = environment;
	bool repeated;
	int status = express_try(argc, argv, &repeated);
	if (status >= 0)
		return status;
	if (repeated)
		add_variable(environment, "TSRUN_CALLER_REPEATED=1");
	return handoff_run(argc, argv, environment);
}
