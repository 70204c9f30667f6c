/*
 * The entry of every command: puts what tsrun's caller left into order, notes what a container must get back, and becomes the
 * engine. It must never decide anything about a container. Nothing else in C words an error; here no engine is there to do it.
 */
#define _GNU_SOURCE
#include "sealed.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FIRST_DESCRIPTOR 3
#define MOST_PRESERVED 65536u

static int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int fail(const char *format, ...)
{
	char text[2 * PATH_MAX + 512] = "tsrun: ";
	const size_t prefix = strlen(text);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text + prefix, sizeof(text) - prefix - 1, format, arguments);
	va_end(arguments);
	strcat(text, "\n");
	/* A write error has nobody left to be told to: the exit status says the rest. */
	(void)write_all(STDERR_FILENO, text, strlen(text));
	return 1;
}

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
		fail("cannot open descriptor %d, which the caller closed: /dev/null must be the character device 1:3", fd);
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
	static const char option[] = "--preserve-fds";
	const size_t length = sizeof(option) - 1;
	unsigned most = 0, count;
	for (char **argument = argv; *argument && strcmp(*argument, "--") != 0; argument++) {
		const char *text = NULL;
		if (strncmp(*argument, option, length) != 0)
			continue;
		if ((*argument)[length] == '=')
			text = *argument + length + 1;
		else if ((*argument)[length] == '\0')
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
		"PATH", "HOME", "XDG_RUNTIME_DIR", "NOTIFY_SOCKET", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
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
	char nofile[80];
	char umask[40];
	char sealed[40];
};

static void note_caller(struct notes *notes)
{
	char cwd[PATH_MAX];
	struct rlimit limit;
	notes->cwd[0] = '\0';
	notes->nofile[0] = '\0';
	/*
	 * The system call itself: "(unreachable)/..." is for us to refuse. ENOENT: the directory was deleted; EACCES, ERANGE: it
	 * cannot be named. All of them mean that there is none to resolve relative names from, which only matters if there are any.
	 */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) > 0 && cwd[0] == '/')
		snprintf(notes->cwd, sizeof(notes->cwd), "TSRUN_CALLER_CWD=%s", cwd);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		snprintf(notes->nofile, sizeof(notes->nofile), "TSRUN_CALLER_NOFILE=%llu:%llu", (unsigned long long)limit.rlim_cur,
			 (unsigned long long)limit.rlim_max);
	snprintf(notes->umask, sizeof(notes->umask), "TSRUN_CALLER_UMASK=%03o", (unsigned)umask(022));
}

/* The verbs whose helper enters a container run it from a sealed copy; made here, it costs one execve less than made by the helper. */
static void note_sealed_copy(struct notes *notes, char **argv)
{
	notes->sealed[0] = '\0';
	for (; *argv; argv++) {
		if (strcmp(*argv, "create") != 0 && strcmp(*argv, "run") != 0)
			continue;
		int fd = sealed_copy();
		/* Without one the helper makes its own, or says why it cannot. */
		if (fd >= 0)
			snprintf(notes->sealed, sizeof(notes->sealed), "TSRUN_CALLER_SEALED=%d", fd);
		return;
	}
}

static char **build_environment(struct notes *notes, bool activated)
{
	size_t count = 0, kept = 0;
	while (environ[count])
		count++;
	char **environment = calloc(count + 6, sizeof(*environment));
	if (!environment)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (is_kept_variable(environ[i], activated))
			environment[kept++] = environ[i];
	if (notes->cwd[0])
		environment[kept++] = notes->cwd;
	if (notes->nofile[0])
		environment[kept++] = notes->nofile;
	if (notes->sealed[0])
		environment[kept++] = notes->sealed;
	/* A command is over before a just-in-time compiler pays: without it the engine starts 0.8 ms earlier (ARCHITECTURE, start-up). */
	environment[kept++] = (char *)(uintptr_t)"BUN_JSC_useJIT=0";
	environment[kept] = notes->umask;
	return environment;
}

/* The directory of the program itself, whatever link it was called by; without a trailing slash, so "" is the root directory. */
static bool find_own_directory(char directory[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", directory, PATH_MAX - 1);
	if (length <= 0 || directory[0] != '/') {
		fail("cannot find its own program: /proc must be mounted (%s)", length < 0 ? strerrorname_np(errno) : "no path");
		return false;
	}
	directory[length] = '\0';
	*strrchr(directory, '/') = '\0';
	return true;
}

/* Executes the first "node" there is with `argv`; returns when there is none. */
static void execute_node(char **argv, char **environment)
{
	static const char *const places[] = { "/usr/bin/node", "/usr/local/bin/node" };
	char path[PATH_MAX];
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		execve(places[i], argv, environment);
	const char *search = getenv("PATH");
	for (const char *next = search; next; ) {
		size_t length = strcspn(next, ":");
		/* Only absolute entries: a relative one would mean the current directory, which is "/" by now. */
		if (*next == '/' && snprintf(path, sizeof(path), "%.*s/node", (int)length, next) < (int)sizeof(path))
			execve(path, argv, environment);
		next = next[length] ? next + length + 1 : NULL;
	}
}

/* Without the compiled engine, in a checkout that has only been through tsc, the same TypeScript runs on Node. */
static int run_by_node(const char *directory, int argc, char **argv, char **environment)
{
	static char script[PATH_MAX + 32], name[] = "node";
	char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));
	if (!arguments)
		return fail("out of memory");
	snprintf(script, sizeof(script), "%s/../dist/cli/engine.js", directory);
	if (access(script, R_OK) == 0) {
		arguments[0] = name;
		arguments[1] = script;
		for (int i = 1; i < argc; i++)
			arguments[i + 1] = argv[i];
		execute_node(arguments, environment);
	}
	free(arguments);
	return fail("cannot execute \"%s/tsrun-engine\": no such file (ENOENT): it belongs beside tsrun, and is made by \"npm run build\"", directory);
}

static int become_engine(int argc, char **argv, char **environment)
{
	static char name[] = "tsrun";
	char directory[PATH_MAX], engine[PATH_MAX + 32];
	if (!find_own_directory(directory))
		return 1;
	snprintf(engine, sizeof(engine), "%s/tsrun-engine", directory);
	argv[0] = name;
	execve(engine, argv, environment);
	int error = errno;
	/* ENOENT is also what execve(2) answers when the file is there and its loader is not. */
	if (error == ENOENT && access(engine, F_OK) < 0)
		return run_by_node(directory, argc, argv, environment);
	return fail("cannot execute \"%s\": %s (%s)%s", engine, strerrordesc_np(error), strerrorname_np(error),
		    error == ENOENT ? ": the dynamic loader it names does not exist" : "");
}

int front_main(int argc, char **argv)
{
	struct notes notes;
	if (!open_standard_descriptors())
		return 1;
	/* Linux 5.18 refuses an empty argv (execve(2)); an older kernel would have us read the environment as arguments. */
	if (argc < 1)
		return fail("executed without arguments");
	/* The helper starts the engine as "@report FD ..." to have a failure worded; nobody else may have it believe that. */
	if (argc > 1 && argv[1][0] == '@')
		return fail("unknown command \"%.100s\"", argv[1]);
	note_caller(&notes);
	signals_reset();
	unsigned activated = count_of_activation();
	unsigned first_closed = FIRST_DESCRIPTOR + count_in_arguments(argv) + activated;
	if (syscall(SYS_close_range, first_closed, ~0U, 0) < 0)
		return fail("cannot close inherited descriptors: close_range(2) needs kernel 5.9 (%s)", strerrorname_np(errno));
	if (chdir("/") < 0)
		return fail("cannot change to /: %s (%s)", strerrordesc_np(errno), strerrorname_np(errno));
	note_sealed_copy(&notes, argv + 1);
	char **environment = build_environment(&notes, activated > 0);
	if (!environment)
		return fail("out of memory");
	int status = become_engine(argc, argv, environment);
	free(environment);
	return status;
}
