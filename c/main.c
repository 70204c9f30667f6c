/*
 * One static program in several roles, chosen by its first argument: `@helper` walks a plan, `@pause` is PID 1 of a pod, `@id-maps` tells
 * what a user namespace maps, `@cgroup-marks` which cgroups are containers', and anything else is a command line of tsrun's user, for the
 * front (which goes on as `@await` in its sealed copy).
 */
#include "handoff.h"
#include "tsrun.h"

#include <string.h>

#include "poison.h"

int main(int argc, char **argv)
{
	command_line_note(argc, argv);
	if (argc > 1 && strcmp(argv[1], "@helper") == 0)
		return helper_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "@pause") == 0)
		return pause_main();
	if (argc > 1 && strcmp(argv[1], "@id-maps") == 0)
		return id_map_reader_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "@cgroup-marks") == 0)
		return cgroup_marks_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "@await") == 0)
		return await_main(argc, argv);
	return front_main(argc, argv);
}
