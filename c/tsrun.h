/*
 * What the files of the static program share. One section a file, in the order in which a container comes to be.
 * A function that can fail returns -1 after report_set(); only run.c hands reports on, only main.c exits.
 */
#ifndef TSRUN_H
#define TSRUN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TSRUN_VERSION "0.1.0"

/* ---- names.c: kernel names <-> numbers, in both directions; no number is written in a plan ---- */
enum name_table {
	TABLE_NAMESPACE,
	TABLE_CLONE,
	TABLE_OPEN_TREE,
	TABLE_AT,
	TABLE_MOUNT_ATTR,
	TABLE_PROPAGATION,
	TABLE_ATTACH,
	TABLE_DEVICE,
	TABLE_ID_MAP,
	TABLE_RLIMIT,
	TABLE_CAP,
	TABLE_HOOK,
	TABLE_STREAM,
	TABLE_GROUPS,
	TABLE_PERSONALITY,
	TABLE_DENIAL,
	TABLE_SCHEDULER,
	TABLE_SCHED,
	TABLE_IO_CLASS,
	TABLE_RESCTRL_GROUP,
	TABLE_MEMORY_POLICY,
	TABLE_MEMORY_POLICY_FLAG,
	TABLE_SECCOMP_ACTION,
	TABLE_SECCOMP_OPERATOR,
	TABLE_NEWER_CALLS,
	TABLE_UNKNOWN_CALL,
	TABLE_FILTER_SHAPE,
	TABLE_SECCOMP_FILTER,
	TABLE_COUNT
};
/* Capabilities are bit masks (1 << number), so that a set is one 64-bit word. */
bool name_value(enum name_table table, const char *name, size_t length, uint64_t *value);
const char *name_of(enum name_table table, uint64_t value); /* NULL when unknown */
bool name_table_find(const char *name, size_t length, enum name_table *table);

enum attach_how { ATTACH_FOLLOW, ATTACH_NOFOLLOW, ATTACH_ORDINARY, ATTACH_PROCFS };
enum stream { STREAM_OUTPUT, STREAM_ERROR, STREAM_COUNT }; /* of a hook */
enum groups { GROUPS_DROP, GROUPS_KEEP };
enum denial { DENIAL_ERROR, DENIAL_IGNORE };
enum newer_calls { NEWER_DEFAULT, NEWER_ENOSYS };
enum unknown_call { UNKNOWN_SKIP, UNKNOWN_WARN, UNKNOWN_ERROR };
enum filter_shape { SHAPE_LIST, SHAPE_TREE };
enum namespace_type { NS_PID, NS_NETWORK, NS_MOUNT, NS_IPC, NS_UTS, NS_USER, NS_CGROUP, NS_TIME, NS_COUNT };

/* ---- plan.c: reads and checks a plan, all of it, before anything is done ---- */
#define PLAN_MAX_BYTES (64u << 20)
#define PLAN_MAX_FIELDS 8
#define PLAN_SLOTS 16384

enum side { HOST, INIT };
enum op_code {
#define OP(code, name, side, fields) OP_##code,
#include "ops.def"
#undef OP
	OP_COUNT
};
enum section { SECTION_CREATE, SECTION_START, SECTION_TEARDOWN, SECTION_COUNT };

/* What a field of type `who` is when the plan says "found": no id, setresuid(2). */
#define FOUND_ID UINT32_MAX

struct field {
	const char *text; /* unescaped, NUL-terminated; of a list, NULL */
	uint64_t number;  /* int (as two's complement), uint, id, mode, slot, name.*, flags.* */
	char **items;     /* list: NULL-terminated, items[0..number-1] */
};
struct op {
	enum op_code code;
	unsigned line; /* 1-based, in the plan file */
	struct field fields[PLAN_MAX_FIELDS];
};
struct plan {
	char *text; /* the plan's bytes; fields point into it */
	struct op *ops;
	size_t section_start[SECTION_COUNT + 1]; /* ops of section s: [start[s], start[s + 1]) */
	void *items;                             /* storage of all lists */
	unsigned slot_count;                     /* one more than the highest slot that an operation names */
};
struct plan_error {
	int error; /* errno; 0: it is the plan that is wrong */
	unsigned line;
	const char *problem;
};
/* Takes ownership of `text` (malloc'ed, `length` bytes + NUL). On -1 nothing is kept and `error` says why. */
int plan_parse(char *text, size_t length, struct plan *plan, struct plan_error *error);
/* Reads the plan file open at `fd`. */
int plan_read(int fd, struct plan *plan, struct plan_error *error);
void plan_free(struct plan *plan);
const char *op_name(enum op_code code);
enum side op_side(enum op_code code);

/* ---- plan_pipe.c: a plan that is kept nowhere; both answer a descriptor, or -1 with errno and no report ---- */
/* Reads a pipe to its end, behind what has been read of it already, into a file in memory. */
int plan_pipe_collect(int pipe, const char *head, size_t length);
/* The same of what a descriptor leads to, which it closes; a file is taken as it is. */
int plan_pipe_open(int fd);

/* ---- report.c: the one failure of a walk, and its warnings, as records for TypeScript to word ---- */
struct report {
	int error;          /* errno, or 0 where the cause is not a system call */
	const char *call;   /* system call or condition, static storage */
	char detail[1024];  /* what TypeScript cannot know from the plan line: a path component, a signal, a hook's output */
};
extern struct report current_report;
/* Notes errno, the call and a printf detail (may be NULL). Always returns -1. */
int report_set(const char *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, without errno: the call's answer was not acceptable. */
int report_refuse(const char *condition, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- descriptors.c: owned descriptors ---- */
void descriptor_close(int *fd);
#define owned_fd __attribute__((cleanup(descriptor_close))) int
static inline int descriptor_take(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
/* write(2) until all is written; -1 and errno. */
int write_all(int fd, const void *data, size_t length);

/* ---- paths.c: every container path goes through these ---- */
/* openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS); plain descriptor or -1 with errno, no report. */
int path_open_in_root(int root, const char *path, uint64_t flags, uint64_t extra_resolve);
/* Makes missing directories (mode) of `path` below root and opens the last, O_PATH; -1 with errno, no report. */
int path_make_directories(int root, const char *path, unsigned mode);
/* Opens the parent directory of path (made if missing) and puts the last component into `name` (NAME_MAX + 1 bytes). */
int path_open_parent(int root, const char *path, char *name);

/* ---- procfs.c: a private procfs, mounted detached, that nobody can put something over ---- */
/* Descriptor of the private procfs's root, opened on first use; -1 after report_set. */
int procfs_root(void);
/*
 * Closes it: whoever needs one from here on gets that of the pid namespace this process is in by then, and never /proc as it is in a
 * mount namespace that is not the host's.
 */
void procfs_forget(void);
/* Takes that of the pid namespace this process is in; where it cannot be mounted, as the container has none, nothing changes. */
void procfs_replace(void);
bool procfs_is_own(void);
/* Writes `data` in one write(2) to a procfs file relative to its root, such as "self/oom_score_adj"; -1 with errno, no report. */
int procfs_write(const char *path, const char *data, size_t length);
/* Start time of a process in clock ticks since boot (proc_pid_stat(5), field 22); 0 and ESRCH when it is gone, or another errno when that cannot be told. */
uint64_t procfs_start_time(pid_t pid);

/* ---- the state of one walk ---- */
struct sock_filter; /* linux/filter.h */
struct filter { /* seccomp: made on the host side, inherited and loaded by init */
	const struct op *first; /* begin-filter; its rules follow */
	struct sock_filter *instructions;
	unsigned short count;
};
struct listener { /* who is told of system calls; `head` + pid of the process + `middle` + pid of the container + `tail` is what he reads first */
	const char *path, *head, *middle, *tail;
	int socket; /* -1: none is wanted, or it has been passed on */
};
struct network_device; /* network_devices.h */
struct network {
	struct network_device *devices; /* found; some may have been moved */
	int home, container;            /* network namespaces, from the first move on until the container is made, or -1 */
};
struct caller { /* what the front noted of tsrun's caller, and hooks get back */
	mode_t umask;
	const char *notify_socket; /* NOTIFY_SOCKET, or NULL */
};
struct walk {
	const struct plan *plan;
	enum side me, turn;
	unsigned line;        /* of the operation in hand */
	int state_directory;  /* <root>/<id> */
	const char *state_path;
	struct caller caller;
	int hook_outputs[STREAM_COUNT]; /* files that hooks write into, or -1 */
	/* host side */
	int cgroup;           /* directory opened by open-cgroup, or -1 */
	int sub_cgroup;       /* below it, entered by init, or -1 */
	struct filter filter; /* of system calls */
	struct listener listener;
	pid_t placeholder;    /* holds a new scope until init is in it, or 0 */
	pid_t init;           /* 0 until spawned */
	int init_pidfd;       /* -1 until spawned */
	pid_t target;         /* exec: the init of the container that walk->init enters */
	int target_pidfd;
	const char *init_cgroup_root; /* exec: where the cgroup refuses a process, that of target in this tree is used; or NULL */
	int start_fifo;       /* O_PATH, given to init at publish-init */
	int fifo_reader;      /* start: the opened fifo */
	bool init_awake;      /* start: init left the fifo */
	int notify_socket;    /* where the program says that it is ready, or -1 */
	unsigned notify_line; /* of the operation that bound it */
	int console_socket;   /* connected by open-console-socket, or -1 */
	int terminal;         /* the master of init's terminal, once init has opened one, or -1 */
	char terminal_name[32]; /* of its slave, in the container */
	bool relays;          /* it is this command that serves the terminal */
	unsigned failed_line; /* of the plan, when the failure was init's */
	int id_map;           /* user namespace that id-map-mount maps by, or -1 */
	struct network network; /* devices that go into the container */
	/* both sides */
	int channel;          /* SOCK_SEQPACKET to the other side, or -1 */
	int namespaces[NS_COUNT]; /* opened by open-namespace, or -1 */
	int *slots;               /* detached or attached mounts, or -1: as many as the plan names */
	/* init side */
	int host_root;        /* "/" of init's own mount namespace before pivot_root */
	int rootfs;           /* the container's root */
	bool shares_host;     /* set-host-propagation made the namespace shared */
	int empty_directory;  /* the read-only tmpfs that masks directories */
	const struct found_user *found_user; /* by find-user (user.h), or NULL */
	int slave;            /* of the terminal that open-terminal has opened, until it is used, or -1 */
	char **environment;   /* of the program; HOME may be added */
	char *executable;     /* found by find-executable */
	int fifo_writer;      /* the end that tells `start` by closing, or -1 */
	unsigned kept_descriptors;
	int own_listener;     /* of the loaded filter, or -1 */
};

/* ---- state.c (host side): the state directory ---- */
#define CGROUP_OWNED "cgroup.owned" /* there from the moment when the cgroup was found unused and taken */
/*
 * Waits its turn: one teardown at a time, because its names are free for the next create as soon as one has finished, and a second one that
 * is still at work would take that container's cgroup for its own. The lock goes with its holder, however that ends.
 */
int state_lock(struct walk *walk);
/* Another delete was faster: what has the same names now belongs to somebody else. */
bool state_is_gone(const struct walk *walk);
#define REMOVAL_MARK "removal" /* who is removing the container, from the moment when nothing of it lives and the lock is held */
/* A removal that is killed from here on is finished by `tsrun gc`, and by a create of the same id. */
void state_note_removal(struct walk *walk);
/* Removes the state directory and what is in it. */
int state_remove(struct walk *walk);

/* ---- cgroup.c (host side) ---- */
int cgroup_open(struct walk *walk, const char *root, const char *path);
int cgroup_kill(const char *root, const char *path);   /* absent is fine */
/* Opens an existing cgroup; -1 after report, or without one where *absent. */
int cgroup_find(const char *root, const char *path, bool *absent);
/* True if somebody is in it, or may be; false of a cgroup that is not there. */
bool cgroup_is_populated(const char *root, const char *path);
int cgroup_signal(const char *root, const char *path, int number); /* every process in it and below; absent is fine */
/* Removes a cgroup that nobody uses, and leaves one that somebody does: what a create left that was killed before the cgroup was its own. */
int cgroup_remove_unused(const char *root, const char *path);
/* Absent is fine; removes sub-cgroups too, and the empty ones above that were made for it; retries EBUSY for up to 10 s. */
int cgroup_remove(const char *root, const char *path);
/* Kills and removes the cgroup of a container whose state directory is gone, if it still bears that very mark. */
int cgroup_remove_lost(const char *root, const char *path, const char *mark);

/* ---- cgroup_mark.c ---- */
int cgroup_marks_main(int argc, char **argv);

/* ---- cgroup_below.c (host side) ---- */
/* Makes a cgroup below the container's own, has init enter it, and enables there what can be enabled of these controllers. */
int cgroup_enter_below(struct walk *walk, const char *root, const char *path, char **controllers);

/* ---- cgroup_settings.c (host side): `cgroup` is an open directory ---- */
/* Enables the controllers in every cgroup above; with DENIAL_IGNORE those that can be. */
int cgroup_enable_controllers(const char *root, const char *path, int cgroup, char **controllers, enum denial denial);
/* One write(2); with DENIAL_IGNORE a missing file is left alone. */
int cgroup_write(int cgroup, const char *file, const char *value, enum denial denial);
/* Writes the value of the first of the files that is there. */
int cgroup_write_first(int cgroup, char **files, char **values);
/* Gives the directory, and the files that the kernel says an owner needs, to a user. */
int cgroup_delegate(int cgroup, uid_t uid);
/* Waits until all has stopped, or goes on. What cannot be frozen whole is thawed again. */
int cgroup_freeze(const char *root, const char *path, bool freeze);
/* Where memory has run short: counts of memory.events (-1: not known), and memory.max as the kernel writes it. */
struct cgroup_memory {
	const char *cgroup; /* its path in the tree */
	long long reached, out_of_memory, killed;
	char limit[32];
};
void cgroup_read_memory(int cgroup, struct cgroup_memory *memory);

/* ---- systemd.c (host side) ---- */
struct scope_start {
	const char *root, *path;            /* of the scope's cgroup */
	char **env, **head, **tail, **reset; /* head + pid + tail starts it; reset clears what bears the name and has ended */
};
/* Starts a scope around a placeholder and opens its cgroup, for init to be born in. */
int systemd_start_scope(struct walk *walk, const struct scope_start *scope);
/* Has init moved into the scope that a placeholder holds, and ends that. */
int systemd_attach_init(struct walk *walk, const struct scope_start *scope);
/* init is in the scope: the placeholder may go. */
void systemd_end_placeholder(struct walk *walk);
/* One call of busctl; -1 after report when systemd refuses. */
int systemd_call(struct walk *walk, char **env, char **call);

/* ---- device_program.c (host side) ---- */
/* Loads the eBPF program, in hex digits, and attaches it to the open cgroup for as long as that is there. */
int device_program_load(int cgroup, const char *text);

/* ---- filter.c (host side): the filter of system calls, made by libseccomp ---- */
/* Makes the filter of the operations from walk->filter.first to `last` into instructions for filter_load. */
int filter_make(struct walk *walk, const struct op *last);

/* ---- filter_take.c (host side) ---- */
/* Takes the filter that the plan has, in hex digits, for filter_load. */
int filter_take(struct walk *walk, const char *digits);

/* ---- filter_load.c (init side) ---- */
int filter_load(struct walk *walk, uint64_t flags);

/* ---- listener.c ---- */
/* host side: connects to where the listener is to go; fails before anything is done. */
int listener_connect(struct walk *walk, const struct listener *listener);
/* init side: tells the helper its number of the listener. */
int listener_tell(struct walk *walk);
/* host side: takes it out of init, and sends it. */
int listener_forward(struct walk *walk, int number);

/* ---- process.c (host side): the birth of init, and what is done to it from outside ---- */
/* clone3(2) with a pidfd, into `cgroup` unless that is -1; -1 with errno, no report. */
pid_t process_clone(uint64_t flags, int cgroup, int *pidfd);
int process_open_namespace(struct walk *walk, enum namespace_type type, const char *path);
/* In the parent 0; in the new init 1; -1 after report. */
int process_spawn_init(struct walk *walk, uint64_t namespaces);
int process_write_map(struct walk *walk, const char *file, const char *map);
int process_set_oom_score_adj(struct walk *walk, const char *value);
int process_set_rlimit(struct walk *walk, unsigned resource, uint64_t soft, uint64_t hard);
int process_write_pid_file(struct walk *walk, const char *path);
/* One message of the text `kind` to the socket at `path`, with a descriptor of init. */
int process_send_pidfd(struct walk *walk, const char *path, const char *kind);
int process_publish_init(struct walk *walk);
/* Finds the init of an existing container by its recorded pid and start time, into walk->init and init_pidfd; -1 when it is not alive. */
int process_find_init(struct walk *walk);
/* True if init was published and has not ended, as far as anybody can tell. */
bool process_init_lives(struct walk *walk);
/* This very process into walk->target and target_pidfd; -1 when it is not alive. */
int process_find_target(struct walk *walk, pid_t pid, uint64_t start);
/* Whether that process is the one that claimed this state directory, or nobody is any more. */
bool process_is_creator(struct walk *walk, pid_t pid, uint64_t start);
/* Ends the init of a container of which nothing else is left. */
int process_end_lost(struct walk *walk, pid_t pid, uint64_t start);
int process_signal_init(struct walk *walk, int number);
/* Kills it and waits until it has ended. */
int process_end_init(struct walk *walk);

/* ---- id_map.c (host side): walk->id_map ---- */
/* The user namespace of init, new or joined. */
int id_map_open_init_namespace(struct walk *walk);
/* One with these maps and nobody in it. */
int id_map_make_namespace(struct walk *walk, const char *uid_map, const char *gid_map);

/* ---- exec.c (host side): a process beside a container's init ---- */
/* Opens the cgroup for the new process; with DENIAL_IGNORE that of walk->target is used where this one is gone or takes no process. */
int exec_find_cgroup(struct walk *walk, const char *root, const char *path, enum denial denial);
/* Opens the root directory of walk->target as walk->rootfs. */
int exec_open_init_root(struct walk *walk);
/* In the helper 0; 1 in the new process, which is in these namespaces of walk->target; -1 after report. */
int exec_spawn(struct walk *walk, uint64_t namespaces);

/* ---- id_mapper.c (host side) ---- */
/* Executes `program` + pid of init + `ranges`: newuidmap(1) or newgidmap(1). */
int id_mapper_call(struct walk *walk, char *program, char **ranges);

/* ---- scheduling.c (host side) ---- */
struct scheduling { /* times in nanoseconds: sched_setattr(2) */
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};
int scheduling_set(pid_t pid, const struct scheduling *wanted);
int scheduling_set_io(pid_t pid, unsigned class, unsigned level);

/* ---- network_devices.c (host side) ---- */
/* The device of this name is in the runtime's network namespace; what it has there is noted. */
int network_devices_find(struct walk *walk, const char *name);
/* A found one goes into the namespace of init, gets its name and its addresses there, and is up. */
int network_devices_move(struct walk *walk, const char *wanted, const char *name);
/* No container has come of it: those that were moved are as they were, but for routes; of any that is not, a note after its report. */
void network_devices_give_back(struct walk *walk, void (*note)(unsigned line));
/* They are the container's: nothing but its processes holds its namespace any more. */
void network_devices_leave(struct walk *walk);

/* ---- resctrl.c (host side): `root` is where resctrl is mounted, `group` a directory below it, "" for itself ---- */
#define RESCTRL_CLASS_MARK "resctrl.class" /* in the state directory, while there may be one that this container has made */
#define RESCTRL_MONITORING_MARK "resctrl.monitoring"
enum resctrl_group { RESCTRL_CLASS, RESCTRL_MONITORING };
/* Makes a group that is not there yet, and is this container's to remove. */
int resctrl_make(struct walk *walk, const char *root, const char *group, enum resctrl_group kind);
/* All lines in one write(2). */
int resctrl_write(const char *root, const char *group, char **lines);
/* The class that was made is not this container's any more. */
int resctrl_keep(struct walk *walk);
int resctrl_join(struct walk *walk, const char *root, const char *group);
/* Only what resctrl_make has made; absent is fine. */
int resctrl_remove(struct walk *walk, const char *root, const char *group, enum resctrl_group kind);

/* ---- memory_policy.c (init side) ---- */
/* set_mempolicy(2); nodes by their decimal numbers. */
int memory_policy_set(uint64_t mode, uint64_t flags, char **nodes);

/* ---- hooks.c: both sides ---- */
struct hook {
	const char *path;
	const char *directory; /* to run in, where that can be entered; empty or NULL: the present one */
	char **args, **env;
	uint64_t timeout; /* milliseconds, 0 = none */
	const char *state, *tail;
	bool bound; /* it dies with us, unless it is setuid (prctl(2), PR_SET_PDEATHSIG): what it has not done by then, nobody wants any more */
	const int *outputs; /* of each stream: a file, or -1 to keep its end for the report, as with NULL */
};
/* Runs it with `pid` between state and tail on standard input, in its own session and process group; -1 after report. */
int hook_run(const struct hook *hook, pid_t pid, mode_t umask_of_hook);
/* Opens the file that hooks write this stream into from here on. */
int hook_open_output(struct walk *walk, enum stream stream, const char *path);
void hook_close_outputs(struct walk *walk);

/* ---- namespaces.c (init side) ---- */
int namespaces_join(struct walk *walk, enum namespace_type type);
int namespaces_become_root(enum groups groups);
/* Whoever made the container may enter its namespaces (ptrace(2)) from here on. */
int namespaces_let_in(void);
int namespaces_unshare(uint64_t namespaces);
int namespaces_unshare_time(const char *offsets);
int namespaces_raise_loopback(void);

/* ---- mounts.c: detached mounts in slots ---- */
int mounts_open_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags);
int mounts_new(struct walk *walk, unsigned slot, const char *fstype, const char *source, char **options, uint64_t attributes);
/* Host side: ids of the mount, with AT_RECURSIVE of all below it too, are mapped by walk->id_map. */
int mounts_id_map(struct walk *walk, unsigned slot, uint64_t flags);
int mounts_attach(struct walk *walk, unsigned slot, const char *target, enum attach_how how);
int mounts_set_attributes(struct walk *walk, unsigned slot, uint64_t set, uint64_t clear, uint64_t flags);
int mounts_set_propagation(struct walk *walk, unsigned slot, uint64_t flags);
/* Changes options of the filesystem of the mount. */
int mounts_reconfigure(struct walk *walk, unsigned slot, char **options);
/* The root of the mount gets the mode of what is at `path` in the rootfs; where nothing is, it keeps its own. */
int mounts_inherit_mode(struct walk *walk, unsigned slot, const char *path);
int mounts_copy_up(struct walk *walk, unsigned slot, const char *path);

/* ---- refused_mounts.c: where the kernel refuses a mount to a user namespace ---- */
/* As mounts_open_tree; what the kernel refuses is left to rootfs_open_host_tree. */
int mounts_try_open_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags);
struct new_mount {
	unsigned slot;
	const char *fstype, *source;
	char **options;
	uint64_t attributes;
};
/* As mounts_new; where the kernel refuses it, the mount of the slot `spare` takes its place. */
int mounts_new_or_spare(struct walk *walk, const struct new_mount *wanted, unsigned spare);
/* mount_setattr(2) has failed: with EPERM the report names the flag that is locked, of the root of the mount. Always -1. */
int mounts_report_locked(int tree, uint64_t set, uint64_t clear);
/* The same attributes as `set`, without `clear`; without `implied` as far as the kernel lets them go. */
int mounts_replace_attributes(struct walk *walk, unsigned slot, uint64_t set, uint64_t clear, uint64_t implied);

/* ---- root.c: names that nobody chooses; the first two answer a descriptor, or -1 with errno and no report ---- */
int root_open(void);
int root_open_procfs(void);
/* The root is this mount; below it, out of sight, is the old one. */
int root_pivot(int to);
/* The old root is gone. */
int root_detach(int old);
/* chroot(2) */
int root_change(int to);

/* ---- rootfs.c (init side) ---- */
int rootfs_set_host_propagation(struct walk *walk, uint64_t flags);
/* The propagation of every tree that is in a slot by now. */
int rootfs_isolate_sources(struct walk *walk, uint64_t flags);
/* A detached clone of a path of the host, taken by init itself, unless the slot has one already. */
int rootfs_open_host_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags);
int rootfs_bind(struct walk *walk, unsigned slot, const char *path);
int rootfs_open(struct walk *walk, const char *path);
/* The root that joining a mount namespace has led to. */
int rootfs_open_current(struct walk *walk);
int rootfs_make_directory(struct walk *walk, const char *path, unsigned mode);
int rootfs_make_symlink(struct walk *walk, const char *path, const char *target);
/* The same, but what is there already, and is not this link, stays, and is an error. */
int rootfs_copy_symlink(struct walk *walk, const char *path, const char *target);
int rootfs_mask(struct walk *walk, const char *path);
int rootfs_protect(struct walk *walk, const char *path);
int rootfs_pivot(struct walk *walk);
int rootfs_move(struct walk *walk);
int rootfs_change(struct walk *walk);

/* ---- devices.c (init side) ---- */
struct device {
	const char *path;
	char kind; /* 'c' 'b' 'p' ('u' is 'c') */
	unsigned major_number, minor_number;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};
int device_make(int root, const struct device *device);

/* ---- terminal.c (init side) ---- */
/* Opens a pseudoterminal of the container's devpts and sends its master to the host side; a size of 0 by 0 is left as it is. */
int terminal_open(struct walk *walk, unsigned rows, unsigned columns);
/* A detached clone of its slave's mount. */
int terminal_clone(struct walk *walk, unsigned slot);
/* It becomes the controlling terminal, and descriptors 0 to 2. FOUND_ID is walk->found_user, here and below. */
int terminal_use(struct walk *walk, uid_t uid);
/* Descriptors 0 to 2 belong to the user, where they are pipes, sockets, or files that may be written through them. */
int terminal_own_streams(struct walk *walk, uid_t uid);

/* ---- console_socket.c (host side) ---- */
int console_socket_open(struct walk *walk, const char *path);
/* One message with the terminal's master; the other side closes it. */
int console_socket_send(struct walk *walk);

/* ---- identity.c (init side): who and where the program is ---- */
int identity_join_keyring(const char *name);
int identity_set_hostname(const char *name);
int identity_set_domainname(const char *name);
int identity_write_sysctl(const char *path, const char *value);
int identity_reset_affinity(void);
/* CPUs by their decimal numbers. */
int identity_set_affinity(char **cpus);
int identity_set_no_new_privileges(void);
int identity_lower_limit(unsigned resource, uint64_t soft, uint64_t hard);
int identity_set_personality(uint64_t persona);
int identity_set_bounding_capabilities(uint64_t keep);
/* FOUND_ID, and the group "found", are those of walk->found_user. */
int identity_set_user(struct walk *walk, uid_t uid, gid_t gid, char **groups);
int identity_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient);

/* ---- labels.c (init side) ---- */
int labels_set_apparmor(const char *profile);
int labels_set_selinux(const char *label);
/* Of keyrings that are made from now on; "" for the module's own. */
int labels_set_selinux_key(const char *label);
/* Of the root directory of a mount. */
int labels_set_mount(int tree, const char *label);

/* ---- program.c (init side): the user's program ---- */
int program_set_environment(struct walk *walk, char **env);
/* LISTEN_PID is this process, as it sees itself. */
int program_set_listen_pid(struct walk *walk);
/* HOME from the container's /etc/passwd, FOUND_ID from the entry that was found ("/" when it has no entry) unless the environment has a non-empty one. */
int program_set_home(struct walk *walk, uid_t uid);
/* chdir(2), then refuses a current directory outside the root (getcwd(2) answers "(unreachable)", CVE-2024-21626). */
int program_change_directory(const char *path, enum denial denial);
/* Resolves args[0] as execvp(3) would against `search`, regular and executable for the current identity. */
int program_find(struct walk *walk, const char *name, const char *search);
/* What is not kept closes at execve, and every signal is as a program expects it. */
int program_prepare(struct walk *walk);
/* Executes, and does nothing else: a filter of system calls may be in force. Returns only on failure. */
int program_execute(struct walk *walk, char **args);

/* ---- start.c: the barrier between create and start ---- */
int start_make_fifo(struct walk *walk);
int start_release_init(struct walk *walk);
int start_await_exec(struct walk *walk);
int start_await(struct walk *walk); /* init side */
/* init side: the end of file that follows means that the program runs, unless a failure comes first. */
int start_announce_exec(struct walk *walk);

/* ---- signals.c ---- */
/* Every disposition default, nothing blocked: the engine ignores SIGPIPE and SIGXFSZ, callers may ignore or block anything. */
void signals_reset(void);
/* A write beyond RLIMIT_FSIZE then fails with EFBIG (setrlimit(2)), which can be told, and does not kill. */
void signals_bear_limits(void);
/* SIGHUP, SIGINT, SIGQUIT, SIGTERM. */
bool signal_ends_commands(int number);
/* The signals that end a command are taken only where the helper waits, and there they undo what was begun. */
void signals_hold_ending(void);
/* From the first moment of the program on all that comes is for it: supervise() finds it waiting. */
void signals_hold_all(void);
/* The present mask without those that end a command: the helper keeps them blocked but where it waits, so that none is lost between a look and the wait. */
void signals_let_end(sigset_t *mask);

/* ---- command_line.c ---- */
/* First of all in main(). */
void command_line_note(int argc, char **argv);
/* In a process that the container will see, before it does: nothing may use an argument of main() there from now on. */
void command_line_hide(void);

/* ---- the roles ---- */
int front_main(int argc, char **argv);
int helper_main(int argc, char **argv);
/* The helper's work in this very process: c/helper.c has the modes, c/record.c what `report` is. Answers the exit status. */
int helper_run(const char *mode, const char *state_directory, const char *report, int argc, char **argv);
int pause_main(void);
int id_map_reader_main(int argc, char **argv);

#endif
