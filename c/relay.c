/*
 * The terminal of a container in the foreground. It carries bytes and the window's size, nothing else, and never waits: what cannot be
 * written yet stays in a buffer, and while that is full nothing more is read, so a program writes no faster than its reader reads. tsrun's
 * own terminal is left as it was found, whatever happened.
 */
#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "poison.h"

#define BUFFER 16384
/* More than a pseudoterminal holds: what is read once init has ended, so that a process that outlives it cannot go on for ever. */
#define MOST_TO_DRAIN (1 << 20)
/* What a pipe takes at once when poll(2) says that it can be written (pipe(7)). */
#define SMALL_WRITE 4096

struct buffer {
	char bytes[BUFFER];
	size_t begin, end;
};

enum entry { ENTRY_INPUT, ENTRY_MASTER, ENTRY_OUTPUT, ENTRIES };

static struct relay {
	int master;           /* of the container's terminal; -1 once tsrun's own has hung up */
	int slave;            /* held open: without any the master could not tell "nobody now" from "nobody ever again" */
	int input, output;    /* standard input and output, or the same opened again */
	bool input_opened, output_opened;
	bool is_terminal;     /* the input is one */
	bool shows;           /* the output is one */
	bool is_raw;
	bool input_ended;
	bool is_silent;       /* nobody in the container has its terminal open, and tsrun may not (relay_begin) */
	bool discards;        /* the output takes nothing any more */
	bool init_ended;
	bool drained;         /* the container's terminal has nothing any more, init having ended */
	size_t read_since_end;
	struct termios modes; /* of the input, as they were found */
	sigset_t mask;        /* likewise, of signals */
	struct buffer to_container, from_container;
} relay;

static bool is_empty(const struct buffer *buffer)
{
	return buffer->begin == buffer->end;
}

/* ---- the window ---- */

static bool find_size(struct winsize *size)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, size) == 0)
			return true;
	return false;
}

/* A master of -1, and every other reason why it cannot be done, mean that nobody looks at it any more. */
static void copy_size(int master)
{
	struct winsize size;
	/* A terminal of no size, as a serial line has, says nothing. */
	if (find_size(&size) && size.ws_row && size.ws_col)
		ioctl(master, TIOCSWINSZ, &size);
}

int relay_prepare(struct walk *walk)
{
	if (walk->terminal < 0)
		return report_refuse("no terminal", NULL);
	copy_size(walk->terminal);
	walk->relays = true;
	return 0;
}

/* ---- modes ---- */

/* Who is not the foreground of the terminal must not change it: its modes are those of another job. */
static bool is_foreground(void)
{
	pid_t group = tcgetpgrp(relay.input);
	/* Another terminal than the one that controls tsrun has no jobs to tsrun. */
	return group < 0 || group == getpgrp();
}

static void make_raw(void)
{
	struct termios raw = relay.modes;
	cfmakeraw(&raw);
	/* At once: waiting for output would be waiting for whoever has stopped it. In the background this stops tsrun, as any other program. */
	relay.is_raw = tcsetattr(relay.input, TCSANOW, &raw) == 0 || relay.is_raw;
}

/* All but the one by which the kernel stops who changes the terminal from the background: see above. */
static void block_signals(void)
{
	sigset_t all;
	sigfillset(&all);
	sigdelset(&all, SIGTTOU);
	sigprocmask(SIG_SETMASK, &all, &relay.mask);
}

/* ---- ends of the relay ---- */

/*
 * O_NONBLOCK is a property of the open file, which tsrun's caller shares: so the file is opened once more. What cannot be, a socket or
 * somebody else's terminal, is used as it is, a little at a time. A multiplexer would be another terminal each time it is opened.
 */
static int open_again(int fd, int flags)
{
	char name[32];
	struct stat status;
	if (fstat(fd, &status) < 0 || !(S_ISFIFO(status.st_mode) || isatty(fd)) || status.st_rdev == makedev(5, 2))
		return -1;
	int procfs = procfs_root();
	snprintf(name, sizeof(name), "self/fd/%d", fd);
	return procfs < 0 ? -1 : openat(procfs, name, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void open_ends(void)
{
	int input = open_again(STDIN_FILENO, O_RDONLY), output = open_again(STDOUT_FILENO, O_WRONLY);
	relay.input_opened = input >= 0;
	relay.output_opened = output >= 0;
	relay.input = input >= 0 ? input : STDIN_FILENO;
	relay.output = output >= 0 ? output : STDOUT_FILENO;
	relay.is_terminal = tcgetattr(relay.input, &relay.modes) == 0;
	relay.shows = isatty(relay.output);
}

/* tsrun's own terminal is gone, so the container's goes too: the kernel tells its processes (SIGHUP). init's end is waited for all the same. */
static void hang_up(void)
{
	descriptor_close(&relay.slave);
	descriptor_close(&relay.master);
	relay.input_ended = relay.discards = true;
	relay.to_container.begin = relay.to_container.end = 0;
	relay.from_container.begin = relay.from_container.end = 0;
}

/* ---- bytes ---- */

/* In the background reading stops tsrun (SIGTTIN), as any other program, until it is the foreground again. */
static ssize_t read_terminal(void *bytes, size_t size)
{
	sigset_t stop;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTIN);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	ssize_t got = read(relay.input, bytes, size);
	int error = errno;
	sigprocmask(SIG_BLOCK, &stop, NULL);
	errno = error;
	return got;
}

static void read_input(short events)
{
	struct buffer *buffer = &relay.to_container;
	ssize_t got = relay.is_terminal ? read_terminal(buffer->bytes, BUFFER) : read(relay.input, buffer->bytes, BUFFER);
	if (got > 0) {
		buffer->begin = 0;
		buffer->end = (size_t)got;
		return;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (relay.is_terminal && (events & (POLLHUP | POLLERR)))
		hang_up();
	else
		/* The end of a file or a pipe is not the end of the terminal: the program goes on, without anything typed. */
		relay.input_ended = true;
}

static void write_input(void)
{
	struct buffer *buffer = &relay.to_container;
	ssize_t written = write(relay.master, buffer->bytes + buffer->begin, buffer->end - buffer->begin);
	if (written > 0)
		buffer->begin += (size_t)written;
	else if (written < 0 && errno != EAGAIN && errno != EINTR)
		buffer->begin = buffer->end;
}

/* Only into an empty buffer. False when there is nothing now. */
static bool read_output(void)
{
	struct buffer *buffer = &relay.from_container;
	ssize_t got = relay.master < 0 ? 0 : read(relay.master, buffer->bytes, BUFFER);
	if (got <= 0)
		return false;
	buffer->begin = 0;
	buffer->end = relay.discards ? 0 : (size_t)got;
	relay.read_since_end += (size_t)got;
	return true;
}

static void write_output(void)
{
	struct buffer *buffer = &relay.from_container;
	size_t length = buffer->end - buffer->begin;
	if (!relay.output_opened && length > SMALL_WRITE)
		length = SMALL_WRITE;
	ssize_t written = write(relay.output, buffer->bytes + buffer->begin, length);
	if (written > 0) {
		buffer->begin += (size_t)written;
	} else if (written < 0 && errno == EIO && relay.shows) {
		hang_up();
	} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
		/* Whatever it is, a closed pipe, a full disk, the program does not wait for it, as it would for a reader that is slow. */
		relay.discards = true;
		buffer->begin = buffer->end;
	}
}

/* ---- the source ---- */

static unsigned prepare(void *state, struct pollfd *polls)
{
	(void)state;
	bool takes_input = !relay.input_ended && is_empty(&relay.to_container);
	bool takes_output = is_empty(&relay.from_container);
	/* A terminal that hangs up says so unasked; of a pipe the end comes after what is still in it. */
	bool watches_input = takes_input || (relay.is_terminal && !relay.input_ended);
	polls[ENTRY_INPUT] = (struct pollfd){ .fd = watches_input ? relay.input : -1, .events = takes_input ? POLLIN : 0 };
	polls[ENTRY_MASTER] = (struct pollfd){ .fd = relay.is_silent ? -1 : relay.master,
		.events = (short)((takes_output ? POLLIN : 0) | (is_empty(&relay.to_container) ? 0 : POLLOUT)) };
	polls[ENTRY_OUTPUT] = (struct pollfd){ .fd = takes_output ? -1 : relay.output, .events = POLLOUT };
	return ENTRIES;
}

static void serve(void *state, const struct pollfd *polls)
{
	(void)state;
	const short input = polls[ENTRY_INPUT].revents, master = polls[ENTRY_MASTER].revents;
	if (polls[ENTRY_OUTPUT].revents)
		write_output();
	if (master & POLLOUT)
		write_input();
	if ((master & POLLIN) && is_empty(&relay.from_container))
		read_output();
	/* Not closed: to close it would be to hang up. */
	relay.is_silent = (master & POLLHUP) && !(master & POLLIN);
	if (input && (polls[ENTRY_INPUT].events & POLLIN))
		read_input(input);
	else if (input & (POLLHUP | POLLERR | POLLNVAL))
		hang_up();
}

static bool take_signal(void *state, int number)
{
	(void)state;
	if (number != SIGWINCH && number != SIGCONT)
		return false;
	/* Who stopped tsrun may have set the terminal as it likes it, and its window may be another. */
	if (number == SIGCONT && relay.is_terminal && is_foreground())
		make_raw();
	if (relay.master >= 0)
		copy_size(relay.master);
	return number == SIGWINCH;
}

/* The kernel answers "nothing" only when all that was written is in reach of the reader, so the last word is not lost. */
static bool is_finished(void *state)
{
	(void)state;
	if (!relay.init_ended)
		relay.read_since_end = 0;
	relay.init_ended = relay.input_ended = true;
	while (!relay.drained && is_empty(&relay.from_container))
		relay.drained = relay.read_since_end > MOST_TO_DRAIN || !read_output();
	return relay.drained && is_empty(&relay.from_container);
}

const struct source *relay_begin(struct walk *walk)
{
	static const struct source source = { .state = &relay, .prepare = prepare, .serve = serve, .take_signal = take_signal,
					      .is_finished = is_finished };
	if (!walk->relays)
		return NULL;
	block_signals();
	relay.master = descriptor_take(&walk->terminal);
	/* A change that came before signals were blocked has told nobody. */
	copy_size(relay.master);
	/* Who may not open it (a user without root whose program is another one) does without. */
	relay.slave = ioctl(relay.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	fcntl(relay.master, F_SETFL, O_RDWR | O_NONBLOCK);
	open_ends();
	if (relay.is_terminal)
		make_raw();
	return &source;
}

void relay_end(void)
{
	if (relay.is_raw && is_foreground())
		tcsetattr(relay.input, TCSANOW, &relay.modes);
	descriptor_close(&relay.slave);
	descriptor_close(&relay.master);
	if (relay.input_opened)
		descriptor_close(&relay.input);
	if (relay.output_opened)
		descriptor_close(&relay.output);
	sigprocmask(SIG_SETMASK, &relay.mask, NULL);
}
