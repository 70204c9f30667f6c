/*
 * libFuzzer's entry to the command line of a plain exec and the files that its plan is made of: of the container's own process, and of a document
 * that came before. The input is arguments, each ended by NUL, an empty one ends them; the rest is the file. A plan that is made must be
 * one for the reader of plans, unless the template says otherwise itself: then it is at least refused.
 */
#define _GNU_SOURCE
#include "exec_template.h"
#include "fuzz.h"
#include "tsrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_ARGUMENTS 16
static const char document[] = "{\"args\":[\"true\"]}";

static size_t take_arguments(struct input *input, char **arguments)
{
	size_t count = 0;
	while (count < MOST_ARGUMENTS) {
		char *text = input_text(input, '\0');
		if (!*text) {
			free(text);
			break;
		}
		arguments[count++] = text;
	}
	arguments[count] = NULL;
	return count;
}

static void fill(struct exec_call *call, struct input *input)
{
	const char *path;
	char kept[64], file[128];
	int directory = input_directory(&path);
	if (call->process) {
		/* Whatever the command line has for a path: this is the document, and what is kept begins with it. */
		snprintf(file, sizeof(file), "%s/document", path);
		input_file(directory, "document", document, strlen(document));
		call->process = file;
		snprintf(kept, sizeof(kept), "exec.%zu", strlen(document) % 4);
	}
	input_file(directory, call->process ? kept : "exec", input->data, input->size);
	call->init = 1;
	call->init_start = 1;
	int fd = exec_template_fill(directory, call);
	if (fd < 0)
		return;
	struct plan plan;
	struct plan_error error;
	if (plan_read(fd, &plan, &error) == 0)
		plan_free(&plan);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct exec_call call;
	const char *id;
	char *arguments[MOST_ARGUMENTS + 1];
	size_t count = take_arguments(&input, arguments);
	if (exec_call_read(arguments, &id, &call) == 0) {
		REQUIRE(call.process ? call.arg_count == 0 : call.arg_count > 0);
		fill(&call, &input);
	}
	free(call.env);
	for (size_t i = 0; i < count; i++)
		free(arguments[i]);
	return 0;
}
