/*
 * Walks a plan: each side goes through all operations in order and does its own; where the side changes, one hands its turn to the
 * other. This and run_cgroup.c are the only files that call the topics, and this is the only one that hands a report on.
 */
#define _GNU_SOURCE
#include "run.h"
#include "notify.h"
#include "relay.h"
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

static struct hook hook_of(const struct field *f)
{
	return (struct hook){ .path = f[1].text, .directory = f[2].text, .timeout = f[3].number, .args = f[4].items,
			      .env = f[5].items, .state = f[6].text, .tail = f[7].text };
}

static int do_hook(struct walk *walk, const struct field *f, pid_t pid)
{
	struct hook hook = hook_of(f);
	hook.outputs = walk->hook_outputs;
	return hook_run(&hook, pid, walk->caller.umask);
}

static int do_device(struct walk *walk, const struct field *f)
{
	struct device device = { .path = f[0].text, .kind = (char)f[1].number, .major_number = (unsigned)f[2].number,
				 .minor_number = (unsigned)f[3].number, .mode = (mode_t)f[4].number, .uid = (uid_t)f[5].number,
				 .gid = (gid_t)f[6].number };
	return device_make(walk->rootfs, &device);
}

static int connect_listener(struct walk *walk, const struct field *f)
{
	struct listener listener = { .path = f[0].text, .head = f[1].text, .middle = f[2].text, .tail = f[3].text };
	return listener_connect(walk, &listener);
}

static int set_scheduler(struct walk *walk, const struct field *f)
{
	struct scheduling wanted = { .policy = (uint32_t)f[0].number, .flags = f[1].number, .nice = (int32_t)(int64_t)f[2].number,
				     .priority = (uint32_t)f[3].number, .runtime = f[4].number, .deadline = f[5].number,
				     .period = f[6].number };
	return scheduling_set(walk->init, &wanted);
}

/* Orphans of the container come to the command that waits for it, and are reaped (supervise.c). */
static int set_child_subreaper(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? report_set("prctl", "PR_SET_CHILD_SUBREAPER") : 0;
}

static int do_resctrl(struct walk *walk, const struct op *op)
{
	const struct field *f = op->fields;
	switch ((int)op->code) {
	case OP_MAKE_RESCTRL_GROUP: return resctrl_make(walk, f[0].text, f[1].text, (enum resctrl_group)f[2].number);
	case OP_WRITE_RESCTRL: return resctrl_write(f[0].text, f[1].text, f[2].items);
	case OP_KEEP_RESCTRL_GROUP: return resctrl_keep(walk);
	case OP_JOIN_RESCTRL_GROUP: return resctrl_join(walk, f[0].text, f[1].text);
	case OP_REMOVE_RESCTRL_GROUP: return resctrl_remove(walk, f[0].text, f[1].text, (enum resctrl_group)f[2].number);
	default: return run_cgroup(walk, op);
	}
}

static int do_host(struct walk *walk, const struct op *op)
{
	const struct field *f = op->fields;
	switch ((int)op->code) {
	case OP_BEGIN_FILTER: walk->filter.first = op; return 0;
	/* finish-filter takes the rules together. */
	case OP_FILTER_RULE: return 0;
	case OP_FINISH_FILTER: return filter_make(walk, op);
	case OP_TAKE_FILTER: return filter_take(walk, f[0].text);
	case OP_FIND_INIT: return process_find_target(walk, (pid_t)f[0].number, f[1].number);
	case OP_OPEN_INIT_ROOT: return exec_open_init_root(walk);
	case OP_SET_INITIAL_AFFINITY: return identity_set_affinity(f[0].items);
	case OP_CONNECT_LISTENER: return connect_listener(walk, f);
	case OP_OPEN_NAMESPACE: return process_open_namespace(walk, (enum namespace_type)f[0].number, f[1].text);
	case OP_OPEN_TREE: return mounts_open_tree(walk, (unsigned)f[0].number, f[1].text, f[2].number);
	case OP_MAKE_NOTIFY_DIRECTORY: return notify_make_directory(walk);
	case OP_FIND_NETWORK_DEVICE: return network_devices_find(walk, f[0].text);
	case OP_MOVE_NETWORK_DEVICE: return network_devices_move(walk, f[0].text, f[1].text);
	case OP_DENY_SETGROUPS: return process_write_map(walk, "setgroups", "deny");
	case OP_TRY_OPEN_TREE: return mounts_try_open_tree(walk, (unsigned)f[0].number, f[1].text, f[2].number);
	case OP_CALL_ID_MAPPER: return id_mapper_call(walk, (char *)(uintptr_t)f[1].text, f[2].items);
	case OP_SET_ID_MAP: return process_write_map(walk, name_of(TABLE_ID_MAP, f[0].number), f[1].text);
	case OP_OPEN_INIT_USER_NAMESPACE: return id_map_open_init_namespace(walk);
	case OP_MAKE_ID_MAP_NAMESPACE: return id_map_make_namespace(walk, f[0].text, f[1].text);
	case OP_ID_MAP_MOUNT: return mounts_id_map(walk, (unsigned)f[0].number, f[2].number);
	case OP_SET_OOM_SCORE_ADJ: return process_set_oom_score_adj(walk, f[0].text);
	case OP_SET_RLIMIT: return process_set_rlimit(walk, (unsigned)f[0].number, f[1].number, f[2].number);
	case OP_SET_CHILD_SUBREAPER: return set_child_subreaper();
	case OP_OPEN_CONSOLE_SOCKET: return console_socket_open(walk, f[0].text);
	case OP_SEND_TERMINAL: return console_socket_send(walk);
	case OP_RELAY_TERMINAL: return relay_prepare(walk);
	case OP_SET_SCHEDULER: return set_scheduler(walk, f);
	case OP_SET_IO_PRIORITY: return scheduling_set_io(walk->init, (unsigned)f[0].number, (unsigned)f[1].number);
	case OP_OPEN_HOOK_OUTPUT: return hook_open_output(walk, (enum stream)f[0].number, f[1].text);
	case OP_RUN_HOOK: return do_hook(walk, f, walk->init);
	case OP_WRITE_PID_FILE: return process_write_pid_file(walk, f[0].text);
	case OP_SEND_PIDFD: return process_send_pidfd(walk, f[0].text, f[1].text);
	case OP_MAKE_START_FIFO: return start_make_fifo(walk);
	case OP_PUBLISH_INIT: return process_publish_init(walk);
	case OP_BIND_NOTIFY_SOCKET: return notify_bind(walk);
	case OP_RELEASE_INIT: return start_release_init(walk);
	case OP_AWAIT_EXEC: return start_await_exec(walk);
	case OP_AWAIT_READY: return notify_await(walk);
	case OP_REMOVE_STATE: return state_remove(walk);
	case OP_END_LOST_INIT: return process_end_lost(walk, (pid_t)f[0].number, f[1].number);
	default: return do_resctrl(walk, op);
	}
}

static int new_mount_or_spare(struct walk *walk, const struct field *f)
{
	struct new_mount wanted = { .slot = (unsigned)f[0].number, .fstype = f[1].text, .source = f[2].text, .options = f[3].items,
				    .attributes = f[4].number };
	return mounts_new_or_spare(walk, &wanted, (unsigned)f[5].number);
}

static int do_mount(struct walk *walk, const struct op *op)
{
	const struct field *f = op->fields;
	unsigned slot = (unsigned)f[0].number;
	switch ((int)op->code) {
	case OP_SET_HOST_PROPAGATION: return rootfs_set_host_propagation(walk, f[0].number);
	case OP_ISOLATE_SOURCES: return rootfs_isolate_sources(walk, f[0].number);
	case OP_OPEN_HOST_TREE: return rootfs_open_host_tree(walk, slot, f[1].text, f[2].number);
	case OP_BIND_ROOTFS: return rootfs_bind(walk, slot, f[1].text);
	case OP_OPEN_ROOTFS: return rootfs_open(walk, f[0].text);
	case OP_OPEN_CURRENT_ROOT: return rootfs_open_current(walk);
	case OP_NEW_MOUNT: return mounts_new(walk, slot, f[1].text, f[2].text, f[3].items, f[4].number);
	case OP_NEW_MOUNT_OR_SPARE: return new_mount_or_spare(walk, f);
	case OP_ATTACH: return mounts_attach(walk, slot, f[1].text, (enum attach_how)f[2].number);
	case OP_LABEL_MOUNT: return labels_set_mount(walk->slots[slot], f[1].text);
	case OP_SET_ATTRIBUTES: return mounts_set_attributes(walk, slot, f[1].number, f[2].number, f[3].number);
	case OP_REPLACE_ATTRIBUTES: return mounts_replace_attributes(walk, slot, f[1].number, f[2].number, f[3].number);
	case OP_SET_PROPAGATION: return mounts_set_propagation(walk, slot, f[1].number);
	case OP_RECONFIGURE: return mounts_reconfigure(walk, slot, f[1].items);
	case OP_INHERIT_MODE: return mounts_inherit_mode(walk, slot, f[1].text);
	case OP_COPY_UP: return mounts_copy_up(walk, slot, f[1].text);
	case OP_MAKE_DIRECTORY: return rootfs_make_directory(walk, f[0].text, (unsigned)f[1].number);
	case OP_MAKE_DEVICE: return do_device(walk, f);
	case OP_MAKE_SYMLINK: return rootfs_make_symlink(walk, f[0].text, f[1].text);
	case OP_COPY_SYMLINK: return rootfs_copy_symlink(walk, f[0].text, f[1].text);
	case OP_OPEN_TERMINAL: return terminal_open(walk, (unsigned)f[0].number, (unsigned)f[1].number);
	case OP_CLONE_TERMINAL: return terminal_clone(walk, slot);
	case OP_MASK: return rootfs_mask(walk, f[0].text);
	case OP_PROTECT: return rootfs_protect(walk, f[0].text);
	case OP_PIVOT_ROOT: return rootfs_pivot(walk);
	case OP_MOVE_ROOT: return rootfs_move(walk);
	case OP_CHANGE_ROOT: return rootfs_change(walk);
	default: return report_refuse("not an operation of this side", NULL);
	}
}

static int set_session(void)
{
	return setsid() < 0 ? report_set("setsid", NULL) : 0;
}

static int do_identity(struct walk *walk, const struct op *op)
{
	const struct field *f = op->fields;
	switch ((int)op->code) {
	case OP_SET_HOSTNAME: return identity_set_hostname(f[0].text);
	case OP_SET_DOMAINNAME: return identity_set_domainname(f[0].text);
	case OP_WRITE_SYSCTL: return identity_write_sysctl(f[0].text, f[1].text);
	case OP_RESET_AFFINITY: return identity_reset_affinity();
	case OP_SET_AFFINITY: return identity_set_affinity(f[0].items);
	case OP_SET_MEMORY_POLICY: return memory_policy_set(f[0].number, f[1].number, f[2].items);
	case OP_SET_APPARMOR_PROFILE: return labels_set_apparmor(f[0].text);
	case OP_SET_SELINUX_LABEL: return labels_set_selinux(f[0].text);
	case OP_SET_NO_NEW_PRIVILEGES: return identity_set_no_new_privileges();
	case OP_LOWER_RLIMIT: return identity_lower_limit((unsigned)f[0].number, f[1].number, f[2].number);
	case OP_SET_PERSONALITY: return identity_set_personality(f[0].number);
	case OP_USE_TERMINAL: return terminal_use(walk, (uid_t)f[0].number);
	case OP_OWN_STREAMS: return terminal_own_streams(walk, (uid_t)f[0].number);
	case OP_SET_UMASK: umask((mode_t)f[0].number); return 0;
	case OP_CHANGE_DIRECTORY: return program_change_directory(f[0].text, (enum denial)f[1].number);
	case OP_SET_BOUNDING_CAPABILITIES: return identity_set_bounding_capabilities(f[0].number);
	case OP_FIND_USER: return user_find(walk, f[0].text, f[1].text);
	case OP_SET_USER: return identity_set_user(walk, (uid_t)f[0].number, (gid_t)f[1].number, f[2].items);
	case OP_SET_CAPABILITIES: return identity_set_capabilities(f[0].number, f[1].number, f[2].number, f[3].number);
	case OP_SET_ENVIRONMENT: return program_set_environment(walk, f[0].items);
	case OP_SET_LISTEN_PID: return program_set_listen_pid(walk);
	case OP_SET_HOME: return program_set_home(walk, (uid_t)f[0].number);
	case OP_FIND_EXECUTABLE: return program_find(walk, f[0].text, f[1].text);
	case OP_KEEP_DESCRIPTORS: walk->kept_descriptors = (unsigned)f[0].number; return 0;
	case OP_REPLACE_PROCFS: procfs_replace(); return 0;
	case OP_SET_DUMPABLE: return namespaces_let_in();
	case OP_AWAIT_START: return start_await(walk);
	case OP_PREPARE_EXEC: return program_prepare(walk) < 0 ? -1 : start_announce_exec(walk);
	case OP_TELL_LISTENER: return listener_tell(walk);
	case OP_LOAD_SECCOMP: return filter_load(walk, f[0].number);
	case OP_EXEC: return program_execute(walk, f[0].items);
	default: return do_mount(walk, op);
	}
}

static int do_init(struct walk *walk, const struct op *op)
{
	const struct field *f = op->fields;
	switch ((int)op->code) {
	case OP_NEW_SESSION: return set_session();
	case OP_LABEL_KEYS: return labels_set_selinux_key(f[0].text);
	case OP_JOIN_KEYRING: return identity_join_keyring(f[0].text);
	case OP_JOIN_NAMESPACE: return namespaces_join(walk, (enum namespace_type)f[0].number);
	case OP_BECOME_ROOT: return namespaces_become_root((enum groups)f[0].number);
	case OP_UNSHARE: return namespaces_unshare(f[0].number);
	case OP_UNSHARE_TIME: return namespaces_unshare_time(f[0].text);
	case OP_RAISE_LOOPBACK: return namespaces_raise_loopback();
	case OP_CLOSE_HOOK_OUTPUTS: hook_close_outputs(walk); return 0;
	/* The container's own idea of its pid: the specification wants it for hooks that run inside. */
	case OP_RUN_CONTAINER_HOOK: return do_hook(walk, f, getpid());
	default: return do_identity(walk, op);
	}
}

/* await-exec itself takes what the program's init sends last, so no turn is taken before it. */
static int change_side(struct walk *walk, const struct op *op, enum side next)
{
	bool mine = walk->turn == walk->me;
	walk->turn = next;
	if (walk->channel < 0 || op->code == OP_AWAIT_EXEC)
		return 0;
	return mine ? turn_pass(walk) : turn_take(walk);
}

/* 1 in init. A pids.max of 1 leaves no room beside the placeholder: then it goes first, and systemd has no time to miss it. */
static int spawn_init(struct walk *walk, uint64_t namespaces)
{
	int born = process_spawn_init(walk, namespaces);
	if (born < 0 && walk->placeholder > 0 && current_report.error == EAGAIN) {
		systemd_end_placeholder(walk);
		born = process_spawn_init(walk, namespaces);
	}
	/* An init that is still to be attached needs it. */
	if (born == 0 && walk->cgroup >= 0)
		systemd_end_placeholder(walk);
	return born;
}

static int do_op(struct walk *walk, const struct op *op)
{
	if (op->code != OP_SPAWN_INIT && op->code != OP_SPAWN_PROCESS)
		return walk->me == HOST ? do_host(walk, op) : do_init(walk, op);
	bool init = op->code == OP_SPAWN_INIT;
	int born = init ? spawn_init(walk, op->fields[0].number) : exec_spawn(walk, op->fields[0].number);
	if (born == 1) {
		walk->me = INIT;
		/*
		 * `state` tells a waiting init from a running program by this name, whatever a killed `start` left behind. From birth, because
		 * create does not wait for init to reach the fifo: a container that create has answered for is created, not running.
		 */
		prctl(PR_SET_NAME, init ? "tsrun:init" : "tsrun:exec");
		signals_reset();
		/* Modes in a plan are exact; set-umask comes when everything has been made. */
		umask(0);
	}
	return born < 0 ? -1 : 0;
}

int run_section(struct walk *walk, enum section section)
{
	const struct plan *plan = walk->plan;
	for (size_t i = plan->section_start[section]; i < plan->section_start[section + 1]; i++) {
		const struct op *op = &plan->ops[i];
		enum side side = op_side(op->code);
		walk->line = op->line;
		if (side != walk->turn && change_side(walk, op, side) < 0)
			return -1;
		if (side == walk->me && do_op(walk, op) < 0)
			return -1;
	}
	return 0;
}

int run_every(struct walk *walk, enum section section, void (*note)(unsigned line))
{
	const struct plan *plan = walk->plan;
	int result = 0;
	for (size_t i = plan->section_start[section]; i < plan->section_start[section + 1]; i++) {
		if (do_host(walk, &plan->ops[i]) == 0)
			continue;
		note(plan->ops[i].line);
		result = -1;
	}
	return result;
}

bool run_is_for_hooks(enum op_code code)
{
	return code == OP_RUN_HOOK || code == OP_OPEN_HOOK_OUTPUT;
}

int run_teardown(struct walk *walk, bool with_hooks, void (*note)(unsigned line))
{
	const struct plan *plan = walk->plan;
	int result = state_lock(walk);
	if (result < 0)
		note(0);
	if (result < 0 || state_is_gone(walk))
		return result;
	state_note_removal(walk);
	for (size_t i = plan->section_start[SECTION_TEARDOWN]; i < plan->section_start[SECTION_TEARDOWN + 1]; i++) {
		const struct op *op = &plan->ops[i];
		bool hook = run_is_for_hooks(op->code);
		if (hook && !with_hooks)
			continue;
		/* What says where the rest is goes only after the rest: the next delete needs it. */
		if (op->code == OP_REMOVE_STATE && result < 0)
			break;
		/* Nothing is left that a pid could name. */
		if ((op->code == OP_RUN_HOOK ? do_hook(walk, op->fields, 0) : do_host(walk, op)) == 0)
			continue;
		note(op->line);
		result = hook ? result : -1;
	}
	return result;
}

/* The cgroup that teardown would kill; NULL when the container has none. */
static const struct op *find_own_cgroup(const struct plan *plan)
{
	for (size_t i = plan->section_start[SECTION_TEARDOWN]; i < plan->section_start[SECTION_TEARDOWN + 1]; i++)
		if (plan->ops[i].code == OP_KILL_CGROUP)
			return &plan->ops[i];
	return NULL;
}

int run_kill_all(struct walk *walk, int number)
{
	const struct op *op = find_own_cgroup(walk->plan);
	/* No cgroup: init is all that is known of the container. */
	return op ? cgroup_signal(op->fields[0].text, op->fields[1].text, number) : process_signal_init(walk, number);
}

int run_freeze(struct walk *walk, bool freeze)
{
	const struct op *op = find_own_cgroup(walk->plan);
	return op ? cgroup_freeze(op->fields[0].text, op->fields[1].text, freeze) : report_refuse("no cgroup", NULL);
}

static const char *find_memory_limit(const struct plan *plan)
{
	for (size_t i = 0; i < plan->section_start[SECTION_START]; i++)
		if (plan->ops[i].code == OP_WRITE_CGROUP && strcmp(plan->ops[i].fields[0].text, "memory.max") == 0)
			return plan->ops[i].fields[1].text;
	return "max";
}

bool run_read_memory(struct walk *walk, struct cgroup_memory *memory)
{
	const struct op *op = find_own_cgroup(walk->plan);
	struct report before = current_report;
	bool absent;
	*memory = (struct cgroup_memory){ .cgroup = op ? op->fields[1].text : "", .killed = -1 };
	if (walk->cgroup < 0 && op && run_owns_cgroup(walk) > 0)
		walk->cgroup = cgroup_find(op->fields[0].text, op->fields[1].text, &absent);
	/* What is looked at here only explains: that it cannot be looked at is no failure. */
	current_report = before;
	if (walk->cgroup >= 0)
		cgroup_read_memory(walk->cgroup, memory);
	if (!*memory->limit)
		snprintf(memory->limit, sizeof(memory->limit), "%s", find_memory_limit(walk->plan));
	return memory->killed >= 0;
}
