/*
 * libFuzzer's entry to plan_parse: any bytes are a plan or are refused, and nothing is read or written beside them.
 */
#include "fuzz.h"
#include "tsrun.h"

#include <stdlib.h>
#include <string.h>

static void touch(const struct op *op)
{
	size_t sum = 0;
	for (unsigned i = 0; i < PLAN_MAX_FIELDS; i++) {
		const struct field *field = &op->fields[i];
		if (field->text)
			sum += strlen(field->text);
		for (size_t item = 0; field->items && item < field->number; item++)
			sum += strlen(field->items[item]);
		REQUIRE(!field->items || !field->items[field->number]);
	}
	REQUIRE(sum <= PLAN_MAX_BYTES && op_name(op->code));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan;
	struct plan_error error = { 0 };
	/* plan_parse owns its text. Exactly as long as promised, so that one byte too far is noticed. */
	char *text = malloc(size + 1);
	REQUIRE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (plan_parse(text, size, &plan, &error) < 0) {
		REQUIRE(error.problem);
		return 0;
	}
	for (unsigned section = 0; section < SECTION_COUNT; section++)
		REQUIRE(plan.section_start[section] <= plan.section_start[section + 1]);
	for (size_t i = 0; i < plan.section_start[SECTION_COUNT]; i++)
		touch(&plan.ops[i]);
	plan_free(&plan);
	return 0;
}
