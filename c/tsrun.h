/*
 * What the files of the static program share. One section a file, in the order in which a container comes to be.
 * A function that can fail returns -1 after report_set(); only run.c hands reports on, only main.c exits.
 */
#ifndef TSRUN_H
#define TSRUN_H

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
	TABLE_PERSONALITY,
	TABLE_DENIAL,
	TABLE_COUNT
};
/* Capabilities are bit masks (1 << number), so that a set is one 64-bit word. */
bool name_value(enum name_table table, const char *name, size_t length, uint64_t *value);
const char *name_of(enum name_table table, uint64_t value); /* NULL when unknown */
bool name_table_find(const char *name, size_t length, enum name_table *table);

enum attach_how { ATTACH_FOLLOW, ATTACH_NOFOLLOW, ATTACH_ORDINARY };
enum denial { DENIAL_ERROR, DENIAL_IGNORE };
enum namespace_type { NS_PID, NS_NETWORK, NS_MOUNT, NS_IPC, NS_UTS, NS_USER, NS_CGROUP, NS_TIME, NS_COUNT };

/* ---- plan.c: reads and checks a plan, all of it, before anything is done ---- */
#define PLAN_MAX_BYTES (64u << 20)
#define PLAN_MAX_FIELDS 7
#define PLAN_SLOTS 16384

enum side { HOST, INIT };
enum op_code {
#define OP(code, name, side, fields) OP_##code,
#include "ops.def"
#undef OP
	OP_COUNT
};
enum section { SECTION_CREATE, SECTION_START, SECTION_TEARDOWN, SECTION_COUNT };

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
};
struct plan_error {
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
/* Writes `data` in one write(2) to a procfs file relative to its root, such as "self/oom_score_adj"; -1 with errno, no report. */
int procfs_write(const char *path, const char *data, size_t length);
/* Start time of a process in clock ticks since boot (proc_pid_stat(5), field 22); 0 when it is gone. */
uint64_t procfs_start_time(pid_t pid);

/* ---- the state of one walk ---- */
struct caller { /* what the front noted of tsrun's caller, and hooks get back */
	mode_t umask;
};
struct walk {
	const struct plan *plan;
	enum side me, turn;
	unsigned line;        /* of the operation in hand */
	int state_directory;  /* <root>/<id> */
	const char *state_path;
	struct caller caller;
	/* host side */
	int cgroup;           /* directory opened by open-cgroup, or -1 */
	pid_t placeholder;    /* holds a new scope until init is in it, or 0 */
	pid_t init;           /* 0 until spawned */
	int init_pidfd;       /* -1 until spawned */
	int start_fifo;       /* O_PATH, given to init at publish-init */
	int fifo_reader;      /* start: the opened fifo */
	bool init_awake;      /* start: init left the fifo */
	unsigned failed_line; /* of the plan, when the failure was init's */
	/* both sides */
	int channel;          /* SOCK_SEQPACKET to the other side, or -1 */
	int namespaces[NS_COUNT]; /* opened by open-namespace, or -1 */
	int slots[PLAN_SLOTS];    /* detached or attached mounts, or -1 */
	/* init side */
	int host_root;        /* "/" of init's own mount namespace before pivot_root */
	int rootfs;           /* the container's root */
	bool shares_host;     /* set-host-propagation made the namespace shared */
	int empty_directory;  /* the read-only tmpfs that masks directories */
	char **environment;   /* of the program; HOME may be added */
	char *executable;     /* found by find-executable */
	int fifo_writer;      /* the end that tells `start` by closing, or -1 */
	unsigned kept_descriptors;
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
/* Removes the state directory and what is in it. */
int state_remove(struct walk *walk);

/* ---- cgroup.c (host side) ---- */
int cgroup_open(struct walk *walk, const char *root, const char *path);
int cgroup_kill(const char *root, const char *path);   /* absent is fine */
/* Opens an existing cgroup; -1 after report, or without one where *absent. */
int cgroup_find(const char *root, const char *path, bool *absent);
int cgroup_signal(const char *root, const char *path, int number); /* every process in it and below; absent is fine */
/* Removes a cgroup that nobody uses, and leaves one that somebody does: what a create left that was killed before the cgroup was its own. */
int cgroup_remove_unused(const char *root, const char *path);
/* Absent is fine; removes sub-cgroups too, and the empty ones above that were made for it; retries EBUSY for up to 10 s. */
int cgroup_remove(const char *root, const char *path);

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

/* ---- process.c (host side): the birth of init, and what is done to it from outside ---- */
int process_open_namespace(struct walk *walk, enum namespace_type type, const char *path);
/* In the parent 0; in the new init 1; -1 after report. */
int process_spawn_init(struct walk *walk, uint64_t namespaces);
int process_write_map(struct walk *walk, const char *file, const char *map);
int process_set_oom_score_adj(struct walk *walk, const char *value);
int process_set_rlimit(struct walk *walk, unsigned resource, uint64_t soft, uint64_t hard);
int process_write_pid_file(struct walk *walk, const char *path);
int process_publish_init(struct walk *walk);
/* Finds the init of an existing container by its recorded pid and start time, into walk->init and init_pidfd; -1 when it is not alive. */
int process_find_init(struct walk *walk);
/* Whether that process is the one that claimed this state directory, or nobody is any more. */
bool process_is_creator(struct walk *walk, pid_t pid, uint64_t start);
int process_signal_init(struct walk *walk, int number);
/* Kills it and waits until it has ended. */
int process_end_init(struct walk *walk);

/* ---- hooks.c: both sides ---- */
struct hook {
	const char *path;
	char **args, **env;
	uint64_t timeout; /* milliseconds, 0 = none */
	const char *state, *tail;
};
/* Runs it with `pid` between state and tail on standard input, in its own session and process group; -1 after report. */
int hook_run(const struct hook *hook, pid_t pid, mode_t umask_of_hook);

/* ---- namespaces.c (init side) ---- */
int namespaces_join(struct walk *walk, enum namespace_type type);
int namespaces_become_root(void);
int namespaces_unshare(uint64_t namespaces);
int namespaces_unshare_time(const char *offsets);
int namespaces_raise_loopback(void);

/* ---- mounts.c: detached mounts in slots ---- */
int mounts_open_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags);
int mounts_new(struct walk *walk, unsigned slot, const char *fstype, const char *source, char **options, uint64_t attributes);
int mounts_clone_tree(struct walk *walk, unsigned slot, const char *path, uint64_t flags);
int mounts_attach(struct walk *walk, unsigned slot, const char *target, enum attach_how how);
int mounts_set_attributes(struct walk *walk, unsigned slot, uint64_t set, uint64_t clear, uint64_t flags);
int mounts_replace_attributes(struct walk *walk, unsigned slot, uint64_t set, uint64_t clear, uint64_t implied);
int mounts_set_propagation(struct walk *walk, unsigned slot, uint64_t flags);
int mounts_copy_up(struct walk *walk, unsigned slot, const char *path);

/* ---- rootfs.c (init side) ---- */
int rootfs_set_host_propagation(struct walk *walk, uint64_t flags);
/* A detached clone of a path of the host, taken by init itself. */
int rootfs_open_host_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags);
int rootfs_bind(struct walk *walk, unsigned slot, const char *path);
int rootfs_open(struct walk *walk, const char *path);
int rootfs_make_directory(struct walk *walk, const char *path, unsigned mode);
int rootfs_make_symlink(struct walk *walk, const char *path, const char *target);
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

/* ---- identity.c (init side): who and where the program is ---- */
int identity_join_keyring(const char *name);
int identity_set_hostname(const char *name);
int identity_set_domainname(const char *name);
int identity_write_sysctl(const char *path, const char *value);
int identity_reset_affinity(void);
int identity_set_no_new_privileges(void);
int identity_set_personality(uint64_t persona);
/* chdir(2), then refuses a current directory outside the root (getcwd(2) answers "(unreachable)", CVE-2024-21626). */
int identity_change_directory(const char *path, enum denial denial);
int identity_set_bounding_capabilities(uint64_t keep);
int identity_set_user(uid_t uid, gid_t gid, char **groups);
int identity_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable, uint64_t ambient);

/* ---- program.c (init side): the user's program ---- */
int program_set_environment(struct walk *walk, char **env);
/* HOME from the container's /etc/passwd ("/" when it has no entry) unless the environment has a non-empty one. */
int program_set_home(struct walk *walk, uid_t uid);
/* Resolves args[0] as execvp(3) would against `search`, regular and executable for the current identity. */
int program_find(struct walk *walk, const char *name, const char *search);
/* Closes what is not kept, resets signals, executes. Returns only on failure. */
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

/* ---- supervise.c: a foreground run ---- */
/* Forwards signals to init, reaps, and answers init's wait status. */
int supervise(pid_t init, int *status);

/* ---- the roles ---- */
int front_main(int argc, char **argv);
int helper_main(int argc, char **argv);
/* The helper's work in this very process: c/helper.c has the modes, c/record.c what `report` is. Answers the exit status. */
int helper_run(const char *mode, const char *state_directory, const char *report, int argc, char **argv);
int pause_main(void);

#endif
