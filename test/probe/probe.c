/*
 * What a test runs inside a container: it tells what it sees there, or does one thing. It needs nothing of the rootfs, and says what
 * it could not read instead of leaving it out: null in JSON, one line on standard error and exit status 1 elsewhere.
 */
#define _GNU_SOURCE
#include "probe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int failed(const char *what)
{
	fprintf(stderr, "probe: %s: %s (%s)\n", what, strerrordesc_np(errno), strerrorname_np(errno));
	return 1;
}

/* ---- JSON ---- */

/* The length of the UTF-8 sequence at `text`, 0 when it is none. */
static size_t sequence_length(const unsigned char *text)
{
	size_t length = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 : *text >= 0xe0 && *text < 0xf0 ? 3 : *text >= 0xf0 && *text < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
	bool beyond = (text[0] == 0xed && text[1] >= 0xa0) || (text[0] == 0xf4 && text[1] >= 0x90);
	return overlong || beyond ? 0 : length;
}

static void put_string(const char *text)
{
	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (const unsigned char *at = (const unsigned char *)text; *at; ) {
		size_t length = sequence_length(at);
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			printf("\\u%04x", *at);
		else if (length == 0)
			fputs("\\ufffd", stdout); /* not UTF-8: JSON cannot hold it */
		else
			fwrite(at, 1, length, stdout);
		at += length ? length : 1;
	}
	putchar('"');
}

static bool first_member;

static void put_key(const char *key)
{
	printf("%s\n  ", first_member ? "" : ",");
	first_member = false;
	put_string(key);
	fputs(": ", stdout);
}

static void put_text(const char *key, const char *value)
{
	put_key(key);
	put_string(value);
}

static void put_number(const char *key, long long value)
{
	put_key(key);
	printf("%lld", value);
}

static void put_list(const char *key, char **items)
{
	put_key(key);
	putchar('[');
	for (size_t i = 0; items[i]; i++) {
		fputs(i ? ", " : "", stdout);
		put_string(items[i]);
	}
	putchar(']');
}

/* ---- reading ---- */

/* All of a file, NUL-terminated, to be freed; NULL and errno. */
static char *read_whole(int fd)
{
	size_t have = 0, room = 65536;
	char *text = malloc(room);
	while (text && fd >= 0) {
		if (room - have < 4096)
			text = realloc(text, room *= 2);
		ssize_t got = text ? read(fd, text + have, room - have - 1) : -1;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		if (got == 0) {
			text[have] = '\0';
			return text;
		}
		have += (size_t)got;
	}
	free(text);
	return NULL;
}

static char *read_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	char *text = read_whole(fd);
	close(fd);
	return text;
}

/* The value of a line "Key:\tvalue" of /proc/self/status; NULL when procfs is not there. */
static const char *status_value(const char *status, const char *key, char value[256])
{
	const char *line = status ? strstr(status, key) : NULL;
	if (!line)
		return NULL;
	line += strlen(key);
	line += strspn(line, ": \t");
	snprintf(value, 256, "%.*s", (int)strcspn(line, "\n"), line);
	return value;
}

/* ---- report ---- */

static void put_user(void)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid, groups[1024];
	getresuid(&uid, &euid, &suid);
	getresgid(&gid, &egid, &sgid);
	put_number("uid", uid);
	put_number("euid", euid);
	put_number("suid", suid);
	/* setfsuid(2) and setfsgid(2) answer the present value; -1 changes nothing. */
	put_number("fsuid", syscall(SYS_setfsuid, -1));
	put_number("gid", gid);
	put_number("egid", egid);
	put_number("sgid", sgid);
	put_number("fsgid", syscall(SYS_setfsgid, -1));
	put_key("groups");
	int count = getgroups(1024, groups);
	putchar('[');
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? ", " : "", groups[i]);
	putchar(']');
}

static void put_set(const char *key, uint64_t set)
{
	char text[20];
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)set);
	put_text(key, text);
}

static void put_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uint64_t bounding = 0, ambient = 0;
	syscall(SYS_capget, &header, data);
	for (unsigned long i = 0; i < 64; i++) {
		bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0) << i;
		ambient |= (uint64_t)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) > 0) << i;
	}
	put_set("capEff", (uint64_t)data[1].effective << 32 | data[0].effective);
	put_set("capPrm", (uint64_t)data[1].permitted << 32 | data[0].permitted);
	put_set("capInh", (uint64_t)data[1].inheritable << 32 | data[0].inheritable);
	put_set("capBnd", bounding);
	put_set("capAmb", ambient);
	put_number("noNewPrivs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	put_number("seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	put_number("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	put_number("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{ "RLIMIT_AS", RLIMIT_AS }, { "RLIMIT_CORE", RLIMIT_CORE }, { "RLIMIT_CPU", RLIMIT_CPU }, { "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE }, { "RLIMIT_LOCKS", RLIMIT_LOCKS }, { "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE }, { "RLIMIT_NICE", RLIMIT_NICE }, { "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC }, { "RLIMIT_RSS", RLIMIT_RSS }, { "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME }, { "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING }, { "RLIMIT_STACK", RLIMIT_STACK },
};

/* Strings: 2^64-1 is no JavaScript number. */
static void put_limits(void)
{
	put_key("rlimits");
	putchar('{');
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit = { 0, 0 };
		getrlimit((__rlimit_resource_t)limits[i].resource, &limit);
		printf("%s\"%s\": {\"soft\": \"%llu\", \"hard\": \"%llu\"}", i ? ", " : "", limits[i].name,
		       (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	}
	putchar('}');
}

static void put_namespaces(void)
{
	static const char *const names[] = { "pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time" };
	put_key("namespaces");
	putchar('{');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], target[64];
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		printf("%s\"%s\": ", i ? ", " : "", names[i]);
		put_string(length > 0 ? target : NULL);
	}
	putchar('}');
}

/* By fcntl, so that it needs no procfs and opens nothing that would be listed itself. */
static void put_descriptors(void)
{
	bool first = true;
	put_key("descriptors");
	putchar('[');
	for (int fd = 0; fd < 4096; fd++) {
		char path[64], target[4096];
		int flags = fcntl(fd, F_GETFL);
		if (flags < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		printf("%s{\"fd\": %d, \"flags\": %d, \"nonblock\": %s, \"cloexec\": %s, \"target\": ", first ? "" : ", ", fd, flags,
		       flags & O_NONBLOCK ? "true" : "false", fcntl(fd, F_GETFD) & FD_CLOEXEC ? "true" : "false");
		put_string(length > 0 ? target : NULL);
		putchar('}');
		first = false;
	}
	putchar(']');
}

/* Bit n-1 is signal n, as in proc_pid_status(5); the raw calls, as glibc hides 32 and 33. */
static void put_signals(void)
{
	uint64_t blocked = 0, ignored = 0, caught = 0;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8);
	for (int number = 1; number <= 64; number++) {
		unsigned long action[4] = { 0 };
		if (syscall(SYS_rt_sigaction, number, NULL, action, 8) < 0)
			continue;
		ignored |= (uint64_t)(action[0] == (unsigned long)SIG_IGN) << (number - 1);
		caught |= (uint64_t)(action[0] > 1) << (number - 1);
	}
	put_set("sigBlk", blocked);
	put_set("sigIgn", ignored);
	put_set("sigCgt", caught);
}

static void put_lines(const char *key, const char *path)
{
	char *text = read_path(path), *rest = text, *line;
	put_key(key);
	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('[');
	for (bool first = true; (line = strsep(&rest, "\n")) && (*line || rest); first = false) {
		fputs(first ? "" : ",\n    ", stdout);
		put_string(line);
	}
	putchar(']');
	free(text);
}

static void put_first_line(const char *key, const char *path)
{
	char *text = read_path(path);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	put_text(key, text);
	free(text);
}

static void put_loopback(void)
{
	struct ifreq request;
	memset(&request, 0, sizeof(request));
	strcpy(request.ifr_name, "lo");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool known = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
	put_key("loopbackUp");
	fputs(!known ? "null" : request.ifr_flags & IFF_UP ? "true" : "false", stdout);
	if (fd >= 0)
		close(fd);
}

static void put_process(void)
{
	put_number("pid", getpid());
	put_number("ppid", getppid());
	put_number("sid", getsid(0));
	put_number("pgid", getpgrp());
	/* By number: a controlling terminal is there when /dev/tty can be opened, which a rootfs need not have. */
	put_number("personality", personality(0xffffffff));
	errno = 0;
	put_number("nice", getpriority(PRIO_PROCESS, 0));
	mode_t mask = umask(0);
	umask(mask);
	char text[8];
	snprintf(text, sizeof(text), "%04o", (unsigned)mask);
	put_text("umask", text);
	char cwd[4096];
	/* The system call itself: it says "(unreachable)" where getcwd(3) says ENOENT. */
	put_text("cwd", syscall(SYS_getcwd, cwd, sizeof(cwd)) > 0 ? cwd : NULL);
}

static void put_affinity(void)
{
	unsigned char mask[1024] = { 0 };
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	int count = 0;
	for (long i = 0; i < bytes; i++)
		count += __builtin_popcount(mask[i]);
	put_number("cpus", count);
}

static int report(char **argv)
{
	char value[256];
	struct utsname names;
	/* Read before anything else is opened. */
	char *status = read_path("/proc/self/status");
	uname(&names);
	putchar('{');
	first_member = true;
	put_process();
	put_user();
	put_capabilities();
	put_limits();
	put_list("args", argv);
	put_list("env", environ);
	put_text("hostname", names.nodename);
	put_text("domainname", names.domainname);
	put_text("machine", names.machine);
	put_namespaces();
	put_descriptors();
	put_signals();
	put_affinity();
	put_loopback();
	put_text("seccompMode", status_value(status, "\nSeccomp", value));
	put_text("speculation", status_value(status, "\nSpeculation_Store_Bypass", value));
	put_text("seccompFilters", status_value(status, "\nSeccomp_filters", value));
	put_text("nsPids", status_value(status, "\nNSpid", value));
	put_first_line("oomScoreAdj", "/proc/self/oom_score_adj");
	put_lines("cgroup", "/proc/self/cgroup");
	put_lines("uidMap", "/proc/self/uid_map");
	put_lines("gidMap", "/proc/self/gid_map");
	put_lines("mountinfo", "/proc/self/mountinfo");
	puts("\n}");
	free(status);
	return 0;
}

/* ---- files ---- */

static int copy_out(int fd, const char *what)
{
	char data[65536];
	if (fd < 0)
		return failed(what);
	for (;;) {
		ssize_t got = read(fd, data, sizeof(data));
		if (got < 0)
			return failed(what);
		if (got == 0)
			return 0;
		fwrite(data, 1, (size_t)got, stdout);
	}
}

static int cat(char **args)
{
	return copy_out(open(args[0], O_RDONLY | O_CLOEXEC), args[0]);
}

static int cat_stdin(char **args)
{
	(void)args;
	return copy_out(STDIN_FILENO, "standard input");
}

static int write_text(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
	if (fd < 0)
		return failed(path);
	size_t length = strlen(text);
	ssize_t written = write(fd, text, length);
	if (written >= 0 && (size_t)written != length)
		errno = EIO;
	return written == (ssize_t)length && close(fd) == 0 ? 0 : failed(path);
}

static int write_file(char **args)
{
	return write_text(args[0], args[1], O_TRUNC);
}

static int append_file(char **args)
{
	return write_text(args[0], args[1], O_APPEND);
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFLNK: return "symlink";
	case S_IFCHR: return "c";
	case S_IFBLK: return "b";
	case S_IFIFO: return "p";
	case S_IFSOCK: return "socket";
	default: return "unknown";
	}
}

static int stat_file(char **args)
{
	struct stat status;
	if (lstat(args[0], &status) < 0)
		return failed(args[0]);
	printf("{\"type\": \"%s\", \"mode\": \"%04o\", \"major\": %u, \"minor\": %u, \"uid\": %u, \"gid\": %u, \"size\": %lld, \"links\": %lu, \"dev\": %lu, \"ino\": %lu}\n",
	       type_name(status.st_mode), status.st_mode & 07777, major(status.st_rdev), minor(status.st_rdev), status.st_uid,
	       status.st_gid, (long long)status.st_size, (unsigned long)status.st_nlink, (unsigned long)status.st_dev,
	       (unsigned long)status.st_ino);
	return 0;
}

static int list(char **args)
{
	struct dirent **entries;
	int count = scandir(args[0], &entries, NULL, alphasort);
	if (count < 0)
		return failed(args[0]);
	for (int i = 0; i < count; i++)
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			puts(entries[i]->d_name);
	return 0;
}

static int read_link(char **args)
{
	char target[4096];
	ssize_t length = readlink(args[0], target, sizeof(target) - 1);
	if (length < 0)
		return failed(args[0]);
	printf("%.*s\n", (int)length, target);
	return 0;
}

int make_directory(char **args)
{
	return mkdir(args[0], 0755) < 0 ? failed(args[0]) : 0;
}

static int make_node(char **args)
{
	static const struct { char kind; mode_t mode; } kinds[] = { { 'c', S_IFCHR }, { 'b', S_IFBLK }, { 'p', S_IFIFO } };
	for (size_t i = 0; i < 3; i++)
		if (args[1][0] == kinds[i].kind)
			return mknod(args[0], kinds[i].mode | 0600, makedev(atoi(args[2]), atoi(args[3]))) < 0 ? failed(args[0]) : 0;
	errno = EINVAL;
	return failed(args[1]);
}

static int sysctl_value(char **args)
{
	char path[4096];
	snprintf(path, sizeof(path), "/proc/sys/%s", args[0]);
	/* "net.ipv4.ip_forward" and "net/ipv4/ip_forward" alike; a name with a slash has its dots for itself (sysctl(8)). */
	for (char *at = path + 10; *at && !strchr(args[0], '/'); at++)
		if (*at == '.')
			*at = '/';
	return copy_out(open(path, O_RDONLY | O_CLOEXEC), path);
}

/* ---- time and processes ---- */

void sleep_for(const char *text)
{
	double seconds = strtod(text, NULL);
	struct timespec time = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static int sleep_command(char **args)
{
	sleep_for(args[0]);
	return 0;
}

/* Wakes up every few milliseconds: whether it goes on can be seen in its context switches. */
static int tick(char **args)
{
	for (int i = atoi(args[0]) * 200; i > 0; i--)
		sleep_for("0.005");
	return 0;
}

/* N sleeping children, one after the other. */
static int fork_slowly(char **args)
{
	for (int i = atoi(args[0]); i > 0; i--) {
		pid_t pid = fork();
		if (pid < 0)
			return failed("fork");
		if (pid == 0) {
			sleep_for("60");
			_exit(0);
		}
		sleep_for("0.0002");
	}
	sleep_for("60");
	return 0;
}

static int ignore_term(char **args)
{
	signal(SIGTERM, SIG_IGN);
	puts("ignoring");
	fflush(stdout);
	sleep_for(args[0] ? args[0] : "3600");
	return 0;
}

/* PID 1 does not die of a signal it does not handle: tests of signals need a program that does. */
static void leave(int number)
{
	_exit(128 + number);
}

static int exit_on_signal(char **args)
{
	for (int number = 1; number <= 64; number++)
		signal(number, leave);
	puts("ready");
	fflush(stdout);
	sleep_for(args[0] ? args[0] : "3600");
	return 0;
}

static int fork_sleep(char **args)
{
	const char *seconds = args[0] ? args[0] : "3600";
	pid_t pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid == 0) {
		if (fork() == 0)
			sleep_for(seconds);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	puts("forked");
	fflush(stdout);
	sleep_for(seconds);
	return 0;
}

/* N orphans that end at once: whoever is PID 1 has to reap them. Answers once they have ended. */
static int zombie(char **args)
{
	for (int i = atoi(args[0]); i > 0; i--) {
		pid_t pid = fork();
		if (pid < 0)
			return failed("fork");
		if (pid == 0) {
			if (fork() == 0)
				_exit(0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	sleep_for("0.1");
	return 0;
}

static int kill_self(char **args)
{
	int number = atoi(args[0]);
	signal(number, SIG_DFL);
	kill(getpid(), number);
	/* Only PID 1 comes here. */
	sleep_for("0.2");
	return 99;
}

static int wait_file(char **args)
{
	for (int i = 0; i < 3000; i++) {
		if (access(args[0], F_OK) == 0)
			return 0;
		sleep_for("0.01");
	}
	errno = ETIMEDOUT;
	return failed(args[0]);
}

/* ---- the rest ---- */

static int exit_with(char **args)
{
	return atoi(args[0]);
}

/* `SERIAL TYPE;UID;GID;PERMISSIONS;NAME` of the session keyring (keyctl(2)). */
static int keyring(char **args)
{
	char text[256] = "";
	(void)args;
	long serial = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	if (serial < 0 || syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, text, sizeof(text)) < 0)
		return failed("keyctl");
	printf("%ld %s\n", serial, text);
	return 0;
}

static int echo(char **args)
{
	for (size_t i = 0; args[i]; i++)
		printf("%s%s", i ? " " : "", args[i]);
	putchar('\n');
	return 0;
}

static int succeed(char **args)
{
	(void)args;
	return 0;
}

/* The report, and behind it a survey of the paths. */
static int look_around(char **args)
{
	return report(args) || survey(args);
}

static const struct {
	const char *name;
	int least, most; /* arguments */
	int (*run)(char **args);
} commands[] = {
	{ "allocate", 1, 1, allocate }, { "allocate-in-child", 2, 2, allocate_in_child }, { "append", 2, 2, append_file }, { "attempt", 2, 1000, attempt }, { "call", 1, 7, call },
	{ "call-threaded", 1, 7, call_threaded }, { "call-traced", 1, 7, call_traced }, { "call-trapped", 1, 7, call_trapped }, { "call-x86", 1, 1, call_x86 },
	{ "cat", 1, 1, cat },
	{ "cat-stdin", 0, 0, cat_stdin }, { "child-in", 1, 1, child_in }, { "echo", 0, 1000, echo }, { "exit", 1, 1, exit_with },
	{ "exit-on-signal", 0, 1, exit_on_signal }, { "family", 1, 1, family }, { "fork-many", 1, 1, fork_many }, { "fork-slowly", 1, 1, fork_slowly },
	{ "fork-sleep", 0, 1, fork_sleep }, { "hold", 2, 2, hold }, { "ignore-term", 0, 1, ignore_term }, { "keyring", 0, 0, keyring },
	{ "kill-self", 1, 1, kill_self },
	{ "listen", 2, 2, listen_for_notifications }, { "look-around", 0, 1000, look_around }, { "ls", 1, 1, list }, { "mkdir", 1, 1, make_directory }, { "mknod", 4, 4, make_node },
	{ "mount-mapped", 3, 3, mount_mapped },
	{ "notify", 2, 1000, notify }, { "read-direct", 2, 2, read_direct }, { "receive-pidfd", 2, 2, receive_pidfd },
	{ "readlink", 1, 1, read_link }, { "scheduling", 0, 0, scheduling }, { "seccomp-agent", 3, 3, seccomp_agent }, { "sleep", 1, 1, sleep_command }, { "spin", 1, 1, spin }, { "spy", 1, 1, spy }, { "stat", 1, 1, stat_file },
	{ "sysctl", 1, 1, sysctl_value }, { "tick", 1, 1, tick }, { "true", 0, 1000, succeed }, { "wait-file", 1, 1, wait_file },
	{ "watch-command-lines", 2, 2, watch_command_lines }, { "watch-open", 1, 1, watch_open }, { "write", 2, 2, write_file }, { "zombie", 1, 1, zombie },
	{ "flood", 0, 0, flood }, { "give", 1, 1, give_bytes }, { "jobs", 0, 0, run_job }, { "orphan", 0, 0, leave_orphan }, { "note-hang-up", 1, 1, await_hang_up }, { "receive-terminal", 1, 1, receive_terminal },
	{ "reopen", 0, 0, reopen_terminal }, { "replace-by-links", 2, 1000, replace_by_links }, { "run-in-terminal", 3, 1000, run_in_terminal }, { "size", 0, 0, watch_size }, { "take", 1, 1, take_typed },
	{ "terminal", 0, 0, tell_terminal },
};

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "report") == 0)
		return report(argv);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[1]) != 0)
			continue;
		if (argc - 2 < commands[i].least || argc - 2 > commands[i].most)
			break;
		int status = commands[i].run(argv + 2);
		return fflush(stdout) < 0 ? failed("standard output") : status;
	}
	fprintf(stderr, "probe: no such command, or another number of arguments\n");
	return 64;
}
