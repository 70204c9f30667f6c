/* From the engine's decision to the helper's work. */
#ifndef TSRUN_HANDOFF_H
#define TSRUN_HANDOFF_H

/* Runs the engine beside this process and then becomes the helper, if the engine asks for one. Answers the exit status. */
int handoff_run(int argc, char **argv, char **environment);
/* `tsrun @await PIPE ENGINE_PID ENGINE ARGV...`: handoff_run, gone on in a sealed copy of the program. */
int await_main(int argc, char **argv);
/* Waits for the end of an engine that has handed over; it has had time to end meanwhile. */
void handoff_reap_engine(void);

#endif
