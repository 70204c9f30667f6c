/*
 * A stand-in for resctrl on machines whose processor has none: a file system in user space (fuse(4)) that behaves as far as tsrun can tell.
 * Classes and monitoring groups are made and removed with the files that the kernel gives them; schemata are checked line by line and taken
 * whole or not at all; a refusal says why in info/last_cmd_status. What it does not do: children do not inherit the group of their parent.
 *
 *   resctrl DIRECTORY    mounts itself there, and serves until it is unmounted or killed
 *
 * Two L3 caches with masks of 11 bits, bandwidths from 10 in steps of 10, and four classes, the default one included.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { FREE, ROOT, INFO, STATUS, CLASS, MONITORS, MONITOR, TASKS, SCHEMATA };

struct node {
	enum kind kind;
	unsigned parent;
	char name[256];
	unsigned l3[2], mb[2]; /* of the root and of classes */
};

#define NODES 128
#define TASK_COUNT 64
#define MOST_CLASSES 3 /* beside the default one */

static struct node nodes[NODES];
static struct { pid_t pid; unsigned class, monitor; } tasks[TASK_COUNT];
static char status[128] = "ok";
static int device;

static bool is_directory(const struct node *node)
{
	return node->kind != STATUS && node->kind != TASKS && node->kind != SCHEMATA;
}

static unsigned add(enum kind kind, unsigned parent, const char *name)
{
	for (unsigned i = 1; i < NODES; i++) {
		if (nodes[i].kind != FREE)
			continue;
		nodes[i] = (struct node){ .kind = kind, .parent = parent, .l3 = { 0x7ff, 0x7ff }, .mb = { 100, 100 } };
		snprintf(nodes[i].name, sizeof(nodes[i].name), "%s", name);
		return i;
	}
	return 0;
}

static unsigned find(unsigned parent, const char *name)
{
	for (unsigned i = 1; i < NODES; i++)
		if (nodes[i].kind != FREE && nodes[i].kind != ROOT && nodes[i].parent == parent && strcmp(nodes[i].name, name) == 0)
			return i;
	return 0;
}

static int refuse(int error, const char *text)
{
	snprintf(status, sizeof(status), "%s", text);
	return -error;
}

static void reply(uint64_t unique, int error, const void *data, size_t length)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + length), .error = error, .unique = unique };
	static char out[65536];
	memcpy(out, &head, sizeof(head));
	if (length > 0)
		memcpy(out + sizeof(head), data, length);
	if (write(device, out, head.len) < 0 && errno != ENOENT)
		exit(1);
}

static struct fuse_attr attributes_of(unsigned number)
{
	const struct node *node = &nodes[number];
	bool directory = is_directory(node);
	return (struct fuse_attr){ .ino = number, .mode = directory ? S_IFDIR | 0755 : S_IFREG | 0644, .nlink = directory ? 2 : 1, .blksize = 4096 };
}

static void reply_entry(uint64_t unique, unsigned number)
{
	struct fuse_entry_out entry = { .nodeid = number, .attr = attributes_of(number) };
	reply(unique, number ? 0 : -ENOENT, &entry, number ? sizeof(entry) : 0);
}

/* Files of a new group. */
static void fill(unsigned group)
{
	add(TASKS, group, "tasks");
	if (nodes[group].kind == MONITOR)
		return;
	add(SCHEMATA, group, "schemata");
	add(MONITORS, group, "mon_groups");
}

static int make(unsigned parent, const char *name)
{
	unsigned classes = 0;
	if (find(parent, name))
		return -EEXIST;
	if (nodes[parent].kind == MONITORS) {
		fill(add(MONITOR, parent, name));
		return 0;
	}
	if (nodes[parent].kind != ROOT)
		return -EPERM;
	for (unsigned i = 1; i < NODES; i++)
		classes += nodes[i].kind == CLASS;
	if (classes >= MOST_CLASSES)
		return refuse(ENOSPC, "Out of CLOSIDs");
	fill(add(CLASS, parent, name));
	return 0;
}

static void remove_tree(unsigned number)
{
	for (unsigned i = 1; i < NODES; i++)
		if (i != number && nodes[i].kind != FREE && nodes[i].kind != ROOT && nodes[i].parent == number)
			remove_tree(i);
	for (unsigned i = 0; i < TASK_COUNT; i++) {
		if (tasks[i].class == number)
			tasks[i].class = FUSE_ROOT_ID;
		if (tasks[i].monitor == number)
			tasks[i].monitor = 0;
	}
	nodes[number].kind = FREE;
}

static int remove_group(unsigned parent, const char *name)
{
	unsigned number = find(parent, name);
	if (!number)
		return -ENOENT;
	if (nodes[number].kind != CLASS && nodes[number].kind != MONITOR)
		return -EPERM;
	remove_tree(number);
	return 0;
}

static int put_task(unsigned group, const char *text)
{
	pid_t pid = (pid_t)strtol(text, NULL, 10);
	unsigned free_slot = TASK_COUNT, slot = TASK_COUNT;
	if (pid <= 0 || kill(pid, 0) < 0)
		return refuse(ESRCH, "No task");
	for (unsigned i = TASK_COUNT; i-- > 0;) {
		if (tasks[i].pid == pid)
			slot = i;
		if (tasks[i].pid == 0 || kill(tasks[i].pid, 0) < 0)
			free_slot = i;
	}
	slot = slot < TASK_COUNT ? slot : free_slot;
	if (slot == TASK_COUNT)
		return -ENOMEM;
	if (tasks[slot].pid != pid) {
		tasks[slot].pid = pid;
		tasks[slot].class = FUSE_ROOT_ID;
		tasks[slot].monitor = 0;
	}
	if (nodes[group].kind != MONITOR) {
		tasks[slot].class = group;
		tasks[slot].monitor = 0;
		return 0;
	}
	if (tasks[slot].class != nodes[nodes[group].parent].parent)
		return refuse(EINVAL, "Can't move task to different control group");
	tasks[slot].monitor = group;
	return 0;
}

/* One domain of one line into `wanted`. */
static int take_value(struct node *wanted, bool cache, char *text)
{
	char *value = strchr(text, '=');
	unsigned long domain = strtoul(text, NULL, 10), number = value ? strtoul(value + 1, NULL, cache ? 16 : 10) : 0;
	if (!value || domain > 1)
		return refuse(EINVAL, "Unknown or unsupported domain");
	if (cache && (number == 0 || number > 0x7ff))
		return refuse(EINVAL, "Mask out of range");
	if (!cache && (number < 10 || number > 100))
		return refuse(EINVAL, "MB value out of range [10,100]");
	if (cache)
		wanted->l3[domain] = (unsigned)number;
	else
		wanted->mb[domain] = (unsigned)(number + 9) / 10 * 10;
	return 0;
}

static int set_schemata(unsigned group, char *text)
{
	struct node wanted = nodes[group];
	char *line_rest, *rest;
	if (*text == '\0' || text[strlen(text) - 1] != '\n')
		return refuse(EINVAL, "no newline");
	for (char *line = strtok_r(text, "\n", &line_rest); line; line = strtok_r(NULL, "\n", &line_rest)) {
		bool cache = strncmp(line, "L3:", 3) == 0;
		if (!cache && strncmp(line, "MB:", 3) != 0)
			return refuse(EINVAL, "Unknown or unsupported resource name");
		for (char *part = strtok_r(line + 3, ";", &rest); part; part = strtok_r(NULL, ";", &rest)) {
			int result = take_value(&wanted, cache, part);
			if (result < 0)
				return result;
		}
	}
	nodes[group] = wanted;
	return 0;
}

static size_t print(unsigned number, char *text, size_t size)
{
	const struct node *node = &nodes[number], *group = &nodes[node->parent];
	size_t length = 0;
	if (node->kind == STATUS)
		return (size_t)snprintf(text, size, "%s\n", status);
	if (node->kind == SCHEMATA)
		return (size_t)snprintf(text, size, "    L3:0=%03x;1=%03x\n    MB:0=%3u;1=%3u\n", group->l3[0], group->l3[1], group->mb[0], group->mb[1]);
	for (unsigned i = 0; i < TASK_COUNT && length < size; i++)
		if (tasks[i].pid && kill(tasks[i].pid, 0) == 0 && (tasks[i].class == node->parent || tasks[i].monitor == node->parent))
			length += (size_t)snprintf(text + length, size - length, "%d\n", (int)tasks[i].pid);
	return length;
}

/* What is in a directory, from the node that `offset` names on. */
static void list(const struct fuse_in_header *head, const struct fuse_read_in *in)
{
	static _Alignas(8) char out[4096];
	size_t length = 0;
	for (unsigned i = (unsigned)in->offset + 1; i < NODES; i++) {
		size_t name = strlen(nodes[i].name), size = FUSE_NAME_OFFSET + ((name + 7) & ~(size_t)7);
		if (nodes[i].kind == FREE || nodes[i].kind == ROOT || nodes[i].parent != head->nodeid)
			continue;
		if (length + size > sizeof(out) || length + size > in->size)
			break;
		struct fuse_dirent *entry = (void *)(out + length);
		memset(entry, 0, size);
		*entry = (struct fuse_dirent){ .ino = i, .off = i, .namelen = (uint32_t)name, .type = is_directory(&nodes[i]) ? 4 : 8 };
		memcpy(entry->name, nodes[i].name, name);
		length += size;
	}
	reply(head->unique, 0, out, length);
}

static void do_read(const struct fuse_in_header *head, const struct fuse_read_in *in)
{
	static char text[8192];
	size_t length = print((unsigned)head->nodeid, text, sizeof(text));
	size_t from = in->offset < length ? in->offset : length;
	size_t count = length - from < in->size ? length - from : in->size;
	reply(head->unique, 0, text + from, count);
}

static void do_write(const struct fuse_in_header *head, const struct fuse_write_in *in)
{
	static char text[8192];
	struct fuse_write_out out = { .size = in->size };
	size_t size = in->size < sizeof(text) - 1 ? in->size : sizeof(text) - 1;
	const struct node *node = &nodes[head->nodeid];
	memcpy(text, in + 1, size);
	text[size] = '\0';
	strcpy(status, "ok");
	int result = node->kind == TASKS ? put_task(node->parent, text) : node->kind == SCHEMATA ? set_schemata(node->parent, text) : -EPERM;
	reply(head->unique, result, &out, result < 0 ? 0 : sizeof(out));
}

static void do_make(const struct fuse_in_header *head, const char *name)
{
	strcpy(status, "ok");
	int result = make((unsigned)head->nodeid, name);
	if (result < 0)
		reply(head->unique, result, NULL, 0);
	else
		reply_entry(head->unique, find((unsigned)head->nodeid, name));
}

static void greet(const struct fuse_in_header *head, const struct fuse_init_in *in)
{
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION, .minor = in->minor < 31 ? in->minor : 31, .max_write = 4096, .max_background = 8 };
	reply(head->unique, 0, &out, sizeof(out));
}

static void serve(const struct fuse_in_header *head)
{
	const void *body = head + 1;
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };
	struct fuse_attr_out attributes = { .attr = attributes_of(head->nodeid < NODES ? (unsigned)head->nodeid : 0) };
	struct fuse_statfs_out space = { .st = { .bsize = 4096, .namelen = 255 } };
	switch (head->opcode) {
	case FUSE_INIT: greet(head, body); return;
	case FUSE_LOOKUP: reply_entry(head->unique, find((unsigned)head->nodeid, body)); return;
	case FUSE_GETATTR:
	case FUSE_SETATTR: reply(head->unique, nodes[head->nodeid].kind == FREE ? -ENOENT : 0, &attributes, nodes[head->nodeid].kind == FREE ? 0 : sizeof(attributes)); return;
	case FUSE_MKDIR: do_make(head, (const char *)body + sizeof(struct fuse_mkdir_in)); return;
	case FUSE_RMDIR: reply(head->unique, remove_group((unsigned)head->nodeid, body), NULL, 0); return;
	case FUSE_OPEN:
	case FUSE_OPENDIR: reply(head->unique, 0, &opened, sizeof(opened)); return;
	case FUSE_READ: do_read(head, body); return;
	case FUSE_WRITE: do_write(head, body); return;
	case FUSE_STATFS: reply(head->unique, 0, &space, sizeof(space)); return;
	case FUSE_READDIR: list(head, body); return;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR: reply(head->unique, 0, NULL, 0); return;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: return;
	default: reply(head->unique, -ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static _Alignas(8) char request[16384];
	char options[128];
	if (argc != 2)
		return 2;
	nodes[FUSE_ROOT_ID] = (struct node){ .kind = ROOT, .l3 = { 0x7ff, 0x7ff }, .mb = { 100, 100 } };
	add(STATUS, add(INFO, FUSE_ROOT_ID, "info"), "last_cmd_status");
	fill(FUSE_ROOT_ID);
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
	if (device < 0 || mount("resctrl", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		ssize_t length = read(device, request, sizeof(request));
		if (length < 0 && errno == ENODEV)
			return 0;
		if (length >= (ssize_t)sizeof(struct fuse_in_header))
			serve((const void *)request);
	}
}
