/*
 * What a cgroup is told: controllers on the way to it, values of its files, its owner, to stand still. What is written is in the plan;
 * here is only how.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- controllers ---- */

static const char *find_missing(const char *line, char **controllers)
{
	for (char **controller = controllers; *controller; controller++)
		if (!cgroup_has_word(line, *controller))
			return *controller;
	return NULL;
}

/* One write(2), and what it says; -1 with errno. */
static int write_at(int cgroup, const char *file, const char *value)
{
	owned_fd fd = openat(cgroup, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	ssize_t written;
	do
		written = write(fd, value, strlen(value));
	while (written < 0 && errno == EINTR);
	return written < 0 ? -1 : 0;
}

/*
 * Processes and controllers for cgroups below exclude each other (cgroup-v2.rst, "No Internal Process Constraint"). The kernel would let cpu,
 * cpuset and pids be enabled all the same, and make it a threaded domain: no container could be born below. The root, which has no type,
 * is exempt.
 */
static bool has_own_processes(int cgroup)
{
	char text[64];
	if (cgroup_read_file(cgroup, "cgroup.type", text, sizeof(text)) < 0)
		return false;
	return cgroup_read_file(cgroup, "cgroup.procs", text, sizeof(text)) != 0;
}

static int enable(int cgroup, bool occupied, const char *controller)
{
	char text[64];
	snprintf(text, sizeof(text), "+%s", controller);
	errno = EBUSY;
	return occupied ? -1 : write_at(cgroup, "cgroup.subtree_control", text);
}

/* Enables each for the cgroups below; the first that cannot be is reported, with the cgroup that refused it. */
static void enable_below(int cgroup, const char *path, size_t length, char **controllers)
{
	char enabled[512];
	if (cgroup_read_file(cgroup, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		*enabled = '\0';
	if (!find_missing(enabled, controllers))
		return;
	bool occupied = has_own_processes(cgroup);
	for (char **controller = controllers; *controller; controller++)
		if (!cgroup_has_word(enabled, *controller) && enable(cgroup, occupied, *controller) < 0 && !current_report.call)
			report_set("cgroup.subtree_control", "%s in cgroup \"%.*s\"", *controller, length ? (int)length : 1, length ? path : "/");
}

static int enable_on_the_way(const char *root, const char *path, char **controllers)
{
	char name[NAME_MAX + 1];
	int taken;
	owned_fd directory = cgroup_open_root(root);
	if (directory < 0)
		return -1;
	for (const char *rest = path; (taken = cgroup_take_component(&rest, name)) > 0;) {
		enable_below(directory, path, (size_t)(rest - path) - strlen(name) - (rest - path > (long)strlen(name)), controllers);
		int child = cgroup_open_beneath(directory, name);
		if (child < 0)
			return report_set("openat2", "%s", name);
		descriptor_close(&directory);
		directory = child;
	}
	return taken;
}

int cgroup_enable_controllers(const char *root, const char *path, int cgroup, char **controllers, enum denial denial)
{
	char have[512];
	if (cgroup_read_file(cgroup, "cgroup.controllers", have, sizeof(have)) < 0)
		return report_set("read", "cgroup.controllers");
	if (!find_missing(have, controllers))
		return 0;
	/* A refusal counts only if the controller is missing in the end: it may have been enabled before. */
	current_report = (struct report){ 0 };
	if (enable_on_the_way(root, path, controllers) < 0)
		return -1;
	struct report refused = current_report;
	current_report = (struct report){ 0 };
	if (denial == DENIAL_IGNORE)
		return 0;
	if (cgroup_read_file(cgroup, "cgroup.controllers", have, sizeof(have)) < 0)
		return report_set("read", "cgroup.controllers");
	const char *missing = find_missing(have, controllers);
	if (!missing)
		return 0;
	if (!refused.call)
		return report_refuse("controller not available", "%s", missing);
	current_report = refused;
	return -1;
}

/* ---- files ---- */

static int check_name(const char *file)
{
	return *file == '.' || strchr(file, '/') ? report_refuse("not a file of a cgroup", "%s", file) : 0;
}

int cgroup_write(int cgroup, const char *file, const char *value, enum denial denial)
{
	if (check_name(file) < 0)
		return -1;
	if (write_at(cgroup, file, value) == 0 || (errno == ENOENT && denial == DENIAL_IGNORE))
		return 0;
	return report_set("write", "%s", file);
}

int cgroup_write_first(int cgroup, char **files, char **values)
{
	for (; *files && *values; files++, values++) {
		if (check_name(*files) < 0)
			return -1;
		if (write_at(cgroup, *files, *values) == 0)
			return 0;
		if (errno != ENOENT)
			return report_set("write", "%s", *files);
	}
	errno = ENOENT;
	return report_set("open", NULL);
}

/* ---- owner ---- */

#define DELEGATED "/sys/kernel/cgroup/delegate" /* cgroups(7), since Linux 4.15: the files that an owner needs, one a line */

/* What config-linux.md, "Cgroup ownership", has instead where the kernel's list cannot be seen: a /sys of somebody else's making. */
#define DELEGATED_OTHERWISE "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n"

static int read_delegated(char *files, size_t size)
{
	owned_fd list = open(DELEGATED, O_RDONLY | O_CLOEXEC);
	if (list < 0 && errno == ENOENT) {
		snprintf(files, size, "%s", DELEGATED_OTHERWISE);
		return 0;
	}
	if (list < 0)
		return report_set("open", DELEGATED);
	ssize_t length = read(list, files, size - 1);
	if (length < 0)
		return report_set("read", DELEGATED);
	files[length] = '\0';
	return 0;
}

int cgroup_delegate(int cgroup, uid_t uid)
{
	char files[1024], *next = files;
	if (read_delegated(files, sizeof(files)) < 0)
		return -1;
	for (char *file; (file = strsep(&next, "\n"));) {
		/* ENOENT: of a controller that this cgroup does not have. */
		if (*file && fchownat(cgroup, file, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return report_set("fchownat", "%s", file);
	}
	return fchown(cgroup, uid, (gid_t)-1) < 0 ? report_set("fchown", NULL) : 0;
}

/* ---- standing still ---- */

int cgroup_freeze(const char *root, const char *path, bool freeze)
{
	char pids[256];
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return absent ? report_refuse("stopped", NULL) : -1;
	if (write_at(cgroup, "cgroup.freeze", freeze ? "1" : "0") < 0)
		return report_set("write", "cgroup.freeze");
	int done = cgroup_await_event(cgroup, "frozen", freeze);
	if (done > 0)
		return 0;
	if (!freeze)
		return done < 0 ? -1 : report_refuse("still frozen", "a cgroup above it is frozen");
	if (done == 0)
		report_refuse("does not freeze", "%s", cgroup_list_processes(cgroup, pids, sizeof(pids)));
	/* A process in an uninterruptible wait, or nothing to wait with: half a freeze is none. */
	write_at(cgroup, "cgroup.freeze", "0");
	return -1;
}

/* ---- memory ---- */

void cgroup_read_memory(int cgroup, struct cgroup_memory *memory)
{
	char text[1024];
	if (cgroup_read_file(cgroup, "memory.events", text, sizeof(text)) < 0)
		return;
	memory->out_of_memory = cgroup_read_key(text, "oom");
	memory->killed = cgroup_read_key(text, "oom_kill");
	memory->reached = cgroup_read_key(text, "max");
	if (cgroup_read_file(cgroup, "memory.max", memory->limit, sizeof(memory->limit)) < 0)
		*memory->limit = '\0';
	memory->limit[strcspn(memory->limit, "\n")] = '\0';
}
