/* What the probe's files share. A command is given its arguments, NULL-terminated, and answers the exit status. */
#pragma once

/* One line on standard error, from errno; answers 1. */
int failed(const char *what);
/* Seconds, with a fraction. Signals that are handled do not shorten it. */
void sleep_for(const char *text);
/* Prints a line that a test waits for. */
void say(const char *line);

int make_directory(char **args);

/* attempt.c: what an attacker tries. */
int attempt(char **args);
int replace_by_links(char **args);

/* spy.c: what it can take of the runtime. */
int spy(char **args);

/* load.c: what uses up a limit. */
int spin(char **args);
int allocate(char **args);
int hold(char **args);
int allocate_in_child(char **args);
int fork_many(char **args);
int read_direct(char **args);

/* calls.c: system calls by number. */
int call(char **args);
int call_x86(char **args);
int call_trapped(char **args);
int call_threaded(char **args);
int call_traced(char **args);

/* mount.c: on the host. */
int mount_mapped(char **args);

/* survey.c: what is at paths. */
int survey(char **args);

/* scheduling.c */
int scheduling(char **args);

/* watch.c: what answers to a change from outside. */
int family(char **args);
int child_in(char **args);
int watch_open(char **args);
int watch_command_lines(char **args);
int leave_orphan(char **args);

/* socket.c: what receives on the host, and speaks in a container. */
int receive_pidfd(char **args);
int seccomp_agent(char **args);
int listen_for_notifications(char **args);
int notify(char **args);

/* terminal.c: the host's side of a terminal. */
int run_in_terminal(char **args);
int receive_terminal(char **args);

/* tty.c: what a program does with its own. */
int tell_terminal(char **args);
int watch_size(char **args);
int take_typed(char **args);
int give_bytes(char **args);
int flood(char **args);
int run_job(char **args);
int await_hang_up(char **args);
int reopen_terminal(char **args);
