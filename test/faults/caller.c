/*
 * A caller of tsrun's that is in an unusual condition: puts itself into it, step by step, and executes what follows "--".
 *
 *   caller CONDITION... -- PROGRAM [ARGUMENT...]
 *     refuse ERRNO NUMBER,...   system calls of these numbers fail with that error, here and in all that is executed
 *     limit RESOURCE SOFT HARD  setrlimit(2), by number
 *     close FD | nonblock FD | ignore SIGNAL | block SIGNAL
 *     alarm SECONDS | nice N | fifo PRIORITY | cpu N | slack NANOSECONDS
 *     death-signal SIGNAL | no-new-privileges | not-dumpable | oom-score-adj N | user UID
 *     measure FILE              processor time (ms) and memory (KiB) of all that is executed are written there at its end
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CALLS 64

static int refuse_calls(long error, char *numbers)
{
	struct sock_filter filter[2 * MOST_CALLS + 2];
	unsigned short count = 0;
	filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (char *number = strtok(numbers, ","); number && count < 2 * MOST_CALLS; number = strtok(NULL, ",")) {
		filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atol(number), 0, 1);
		filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA));
	}
	filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = count, .filter = filter };
	/* As root: it needs no no_new_privs, which would be another condition. */
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int set_limit(long resource, const char *soft, const char *hard)
{
	struct rlimit limit = { .rlim_cur = strtoull(soft, NULL, 10), .rlim_max = strtoull(hard, NULL, 10) };
	return setrlimit((__rlimit_resource_t)resource, &limit);
}

static int set_signal(long signal, int blocked)
{
	sigset_t set;
	if (!blocked)
		return sigaction((int)signal, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigemptyset(&set);
	sigaddset(&set, (int)signal);
	return sigprocmask(SIG_BLOCK, &set, NULL);
}

static int pin(long cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static int write_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, score, strlen(score)) < 0 ? -1 : close(fd);
}

static int become_user(long uid)
{
	return setgroups(0, NULL) < 0 || setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) < 0 ? -1 : setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid);
}

/* Goes on in a child, and ends as that does. */
static int measure(const char *path)
{
	int status;
	struct rusage usage;
	pid_t pid = fork();
	if (pid <= 0)
		return pid;
	FILE *file = wait4(pid, &status, 0, &usage) < 0 ? NULL : fopen(path, "w");
	if (!file)
		_exit(125);
	long microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	fprintf(file, "%ld %ld\n", (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 + microseconds / 1000, usage.ru_maxrss);
	fclose(file);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* How many arguments the condition has taken, its name included; 0 when it could not be brought about. */
static int set_condition(char **args, int count)
{
	const char *name = args[0];
	long value = count > 1 ? atol(args[1]) : 0;
#define CONDITION(text, taken, call)                        \
	if (strcmp(name, text) == 0 && count >= (taken))    \
		return (call) < 0 ? 0 : (taken)
	CONDITION("refuse", 3, refuse_calls(value, args[2]));
	CONDITION("limit", 4, set_limit(value, args[2], args[3]));
	CONDITION("close", 2, close((int)value));
	CONDITION("nonblock", 2, fcntl((int)value, F_SETFL, fcntl((int)value, F_GETFL) | O_NONBLOCK));
	CONDITION("ignore", 2, set_signal(value, 0));
	CONDITION("block", 2, set_signal(value, 1));
	CONDITION("alarm", 2, (int)alarm((unsigned)value));
	CONDITION("nice", 2, setpriority(PRIO_PROCESS, 0, (int)value));
	CONDITION("fifo", 2, sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = (int)value }));
	CONDITION("cpu", 2, pin(value));
	CONDITION("slack", 2, prctl(PR_SET_TIMERSLACK, value, 0, 0, 0));
	CONDITION("death-signal", 2, prctl(PR_SET_PDEATHSIG, value, 0, 0, 0));
	CONDITION("no-new-privileges", 1, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CONDITION("not-dumpable", 1, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	CONDITION("oom-score-adj", 2, write_score(args[1]));
	CONDITION("user", 2, become_user(value));
	CONDITION("measure", 2, measure(args[1]));
#undef CONDITION
	errno = EINVAL;
	return 0;
}

int main(int argc, char **argv)
{
	int next = 1;
	while (next < argc && strcmp(argv[next], "--") != 0) {
		int taken = set_condition(argv + next, argc - next);
		if (taken == 0) {
			fprintf(stderr, "caller: %s: %s\n", argv[next], strerror(errno));
			return 125;
		}
		next += taken;
	}
	if (next + 1 < argc)
		execv(argv[next + 1], argv + next + 1);
	fprintf(stderr, "caller: cannot execute: %s\n", strerror(errno));
	return 125;
}
