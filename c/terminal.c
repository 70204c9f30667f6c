/*
 * The container's terminal, from within: a pseudoterminal of the container's own devpts, init's streams, and whom they belong to. Both
 * ends are only ever named by descriptor: what a path in /dev/pts leads to is the container's to decide (CVE-2025-52565).
 */
#define _GNU_SOURCE
#include "channel.h"
#include "tsrun.h"
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "poison.h"

#define MULTIPLEXER "/dev/pts/ptmx"

/* Found without acting on it: a fifo of that name would hang whoever opens it, and another device do whatever it does. */
static int find_multiplexer(struct walk *walk)
{
	struct stat status;
	struct statfs filesystem;
	owned_fd found = path_open_in_root(walk->rootfs, MULTIPLEXER, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
	if (found < 0)
		return report_set("openat2", MULTIPLEXER);
	if (fstat(found, &status) < 0 || fstatfs(found, &filesystem) < 0)
		return report_set("fstat", MULTIPLEXER);
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2) || filesystem.f_type != DEVPTS_SUPER_MAGIC)
		return report_refuse("not of a devpts", MULTIPLEXER);
	return descriptor_take(&found);
}

static int open_master(struct walk *walk)
{
	char name[32];
	int procfs = procfs_root();
	owned_fd found = procfs < 0 ? -1 : find_multiplexer(walk);
	if (found < 0)
		return -1;
	snprintf(name, sizeof(name), "self/fd/%d", found);
	int master = openat(procfs, name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return master < 0 ? report_set("open", MULTIPLEXER) : master;
}

static int set_up_slave(struct walk *walk, int master, const struct winsize *size, struct message *message)
{
	unsigned number;
	const int locked = 0;
	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		return report_set("TIOCSPTLCK", NULL);
	if (ioctl(master, TIOCGPTN, &number) < 0)
		return report_set("TIOCGPTN", NULL);
	walk->slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (walk->slave < 0)
		return report_set("TIOCGPTPEER", NULL);
	if ((size->ws_row || size->ws_col) && ioctl(master, TIOCSWINSZ, size) < 0)
		return report_set("TIOCSWINSZ", NULL);
	snprintf(message->detail, sizeof(message->detail), "/dev/pts/%u", number);
	return 0;
}

int terminal_open(struct walk *walk, unsigned rows, unsigned columns)
{
	const struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	struct message message = { .kind = MESSAGE_TERMINAL };
	owned_fd master = open_master(walk);
	if (master < 0 || set_up_slave(walk, master, &size, &message) < 0)
		return -1;
	return channel_send(walk->channel, &message, master) < 0 ? report_set("sendmsg", "the terminal") : 0;
}

int terminal_clone(struct walk *walk, unsigned slot)
{
	owned_fd tree = (int)syscall(SYS_open_tree, walk->slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0)
		return report_set("open_tree", NULL);
	walk->slots[slot] = descriptor_take(&tree);
	return 0;
}

/* Whose it is cannot always be changed: not without the right to, not to a user who is not mapped, and not where nothing can be written. */
static int give_to(int fd, uid_t uid)
{
	/* The group stays: a devpts has its own, and of nothing else does the program need it. */
	if (fchown(fd, uid, (gid_t)-1) == 0 || errno == EPERM || errno == EINVAL || errno == EROFS)
		return 0;
	return report_set("fchown", "descriptor %d", fd);
}

static int find_owner(struct walk *walk, uid_t *uid)
{
	if (*uid != FOUND_ID)
		return 0;
	if (!walk->found_user)
		return report_refuse("no user was found", NULL);
	*uid = walk->found_user->uid;
	return 0;
}

int terminal_use(struct walk *walk, uid_t uid)
{
	if (find_owner(walk, &uid) < 0)
		return -1;
	if (ioctl(walk->slave, TIOCSCTTY, 0) < 0)
		return report_set("TIOCSCTTY", NULL);
	if (give_to(walk->slave, uid) < 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(walk->slave, fd) < 0)
			return report_set("dup2", NULL);
	descriptor_close(&walk->slave);
	return 0;
}

/*
 * What nobody but tsrun's caller can have made for the container: pipes and sockets, and files that it may write anyway. An owner may
 * open a file for writing, and so must not become one by being given it to read.
 */
static bool is_to_own(int fd, const struct stat *status)
{
	if (S_ISREG(status->st_mode))
		return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
	return S_ISFIFO(status->st_mode) || S_ISSOCK(status->st_mode);
}

int terminal_own_streams(struct walk *walk, uid_t uid)
{
	if (find_owner(walk, &uid) < 0)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat status;
		if (fstat(fd, &status) < 0)
			return report_set("fstat", "descriptor %d", fd);
		if (status.st_uid != uid && is_to_own(fd, &status) && give_to(fd, uid) < 0)
			return -1;
	}
	return 0;
}
