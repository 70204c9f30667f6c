/*
 * The operations on cgroups, on the host side: which of them are done only to a cgroup that is the container's own.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "poison.h"

int run_owns_cgroup(struct walk *walk)
{
	if (faccessat(walk->state_directory, CGROUP_OWNED, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : report_set("faccessat", CGROUP_OWNED);
}

static int own_cgroup(struct walk *walk)
{
	owned_fd mark = openat(walk->state_directory, CGROUP_OWNED, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return mark < 0 ? report_set("openat", CGROUP_OWNED) : 0;
}

static int take_cgroup(struct walk *walk, const char *root, const char *path)
{
	return cgroup_open(walk, root, path) < 0 ? -1 : own_cgroup(walk);
}

static int start_scope(struct walk *walk, const struct field *f)
{
	struct scope_start scope = { .root = f[0].text, .path = f[1].text, .env = f[3].items, .head = f[4].items, .tail = f[5].items,
				     .reset = f[6].items };
	if (systemd_start_scope(walk, &scope) < 0)
		return -1;
	cgroup_mark(walk, walk->cgroup);
	return own_cgroup(walk);
}

static int attach_to_scope(struct walk *walk, const struct field *f)
{
	struct scope_start scope = { .root = f[0].text, .path = f[1].text, .env = f[3].items, .head = f[4].items, .tail = f[5].items };
	return systemd_attach_init(walk, &scope);
}

/* What systemd answers does not matter: a unit that is not there any more is what is wanted, and remove-cgroup shows what is left. */
static int stop_scope(struct walk *walk, const struct field *f)
{
	/*
	 * A create that is killed while it asks systemd has not noted that the scope is its own. Where the placeholder died first, and was
	 * a zombie when systemd moved it, the scope goes on with nobody in it: no cgroup tells of an end. One that holds somebody is not ours.
	 */
	int owned = run_owns_cgroup(walk);
	if (owned < 0 || (!owned && cgroup_is_populated(f[0].text, f[1].text)))
		return owned;
	systemd_call(walk, f[3].items, f[4].items);
	systemd_call(walk, f[3].items, f[5].items);
	return 0;
}

static int kill_cgroup(struct walk *walk, const char *root, const char *path)
{
	int owned = run_owns_cgroup(walk);
	return owned > 0 ? cgroup_kill(root, path) : owned;
}

static int remove_cgroup(struct walk *walk, const char *root, const char *path)
{
	int owned = run_owns_cgroup(walk);
	if (owned < 0)
		return -1;
	return owned ? cgroup_remove(root, path) : cgroup_remove_unused(root, path);
}

static int find_cgroup(struct walk *walk, const char *root, const char *path)
{
	bool absent;
	descriptor_close(&walk->cgroup);
	walk->cgroup = cgroup_find(root, path, &absent);
	return walk->cgroup < 0 && absent ? report_refuse("stopped", NULL) : walk->cgroup < 0 ? -1 : 0;
}

int run_cgroup(struct walk *walk, const struct op *op)
{
	const struct field *f = op->fields;
	switch ((int)op->code) {
	case OP_OPEN_CGROUP: return take_cgroup(walk, f[0].text, f[1].text);
	case OP_FIND_EXEC_CGROUP: return exec_find_cgroup(walk, f[0].text, f[1].text, (enum denial)f[2].number);
	case OP_FIND_CGROUP: return find_cgroup(walk, f[0].text, f[1].text);
	case OP_START_SCOPE: return start_scope(walk, f);
	case OP_LEAVE_CGROUP: descriptor_close(&walk->cgroup); return 0;
	case OP_ATTACH_TO_SCOPE: return attach_to_scope(walk, f);
	case OP_SET_SCOPE: return systemd_call(walk, f[1].items, f[2].items);
	case OP_ENABLE_CONTROLLERS:
		return cgroup_enable_controllers(f[0].text, f[1].text, walk->cgroup, f[2].items, (enum denial)f[3].number);
	case OP_WRITE_CGROUP: return cgroup_write(walk->cgroup, f[0].text, f[1].text, (enum denial)f[3].number);
	case OP_WRITE_CGROUP_CHOICE: return cgroup_write_first(walk->cgroup, f[0].items, f[1].items);
	case OP_DELEGATE_CGROUP: return cgroup_delegate(walk->cgroup, (uid_t)f[0].number);
	case OP_ENTER_SUB_CGROUP: return cgroup_enter_below(walk, f[0].text, f[1].text, f[2].items);
	case OP_DELEGATE_SUB_CGROUP: return cgroup_delegate(walk->sub_cgroup, (uid_t)f[0].number);
	case OP_LOAD_DEVICE_PROGRAM: return device_program_load(walk->cgroup, f[2].text);
	case OP_KILL_CGROUP: return kill_cgroup(walk, f[0].text, f[1].text);
	case OP_STOP_SCOPE: return stop_scope(walk, f);
	case OP_REMOVE_CGROUP: return remove_cgroup(walk, f[0].text, f[1].text);
	case OP_REMOVE_LOST_CGROUP: return cgroup_remove_lost(f[0].text, f[1].text, f[2].text);
	default: return report_refuse("not an operation of this side", NULL);
	}
}
