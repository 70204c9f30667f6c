/*
 * Reads a plan: splits, unescapes and checks all of it in place before anything is done (schemas/plan.md is the grammar).
 * It knows the form of every operation and the meaning of none. It must never act, and never read past `length`.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct op_shape {
	const char *name;
	enum side side;
	const char *fields;
};

static const struct op_shape shapes[OP_COUNT] = {
#define OP(code, name, side, fields) [OP_##code] = { name, side, fields },
#include "ops.def"
#include "poison.h"
#undef OP
};

static const char *const section_names[SECTION_COUNT] = { "create", "start", "teardown" };

struct reader {
	char *cursor; /* start of the next line */
	char *end;
	unsigned line;
	const char *problem;
	char **next_item; /* free part of plan->items */
	unsigned slot_count;
};

const char *op_name(enum op_code code)
{
	return shapes[code].name;
}

enum side op_side(enum op_code code)
{
	return shapes[code].side;
}

static int refuse(struct reader *reader, const char *problem)
{
	reader->problem = problem;
	return -1;
}

/* Takes the next line off the text, or NULL at its end; a last line without newline is a torn file. */
static char *next_line(struct reader *reader)
{
	if (reader->cursor >= reader->end)
		return NULL;
	char *line = reader->cursor;
	char *newline = memchr(line, '\n', (size_t)(reader->end - line));
	if (!newline)
		return NULL;
	*newline = '\0';
	reader->cursor = newline + 1;
	reader->line++;
	return line;
}

static bool unescape(char *text)
{
	char *to = strchr(text, '\\');
	if (!to)
		return true;
	for (const char *from = to; *from; from++) {
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		switch (*++from) {
		case 't': *to++ = '\t'; break;
		case 'n': *to++ = '\n'; break;
		case 'r': *to++ = '\r'; break;
		case '\\': *to++ = '\\'; break;
		default: return false;
		}
	}
	*to = '\0';
	return true;
}

/* Takes the next field off the line: NULL when there is none; the empty last field is a field. */
static char *next_field(char **rest, bool *well_formed)
{
	char *field = *rest;
	if (!field)
		return NULL;
	char *tab = strchr(field, '\t');
	if (tab)
		*tab = '\0';
	*rest = tab ? tab + 1 : NULL;
	if (!unescape(field))
		*well_formed = false;
	return field;
}

static bool parse_number(const char *text, unsigned base, uint64_t limit, uint64_t *value)
{
	if (!*text)
		return false;
	uint64_t number = 0;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');
		if (digit >= base || number > (UINT64_MAX - digit) / base)
			return false;
		number = number * base + digit;
	}
	*value = number;
	return number <= limit;
}

static bool parse_integer(const char *text, uint64_t *value)
{
	bool negative = *text == '-';
	uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	if (!parse_number(text + negative, 10, limit, value))
		return false;
	if (negative)
		*value = 0 - *value;
	return true;
}

static bool parse_flags(enum name_table table, const char *text, uint64_t *value)
{
	*value = 0;
	if (strcmp(text, "0") == 0)
		return true;
	for (;;) {
		size_t length = strcspn(text, "|");
		uint64_t one;
		if (!name_value(table, text, length, &one))
			return false;
		*value |= one;
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
}

static int parse_list(struct reader *reader, struct field *field, const char *count_text, char **rest)
{
	bool well_formed = true;
	if (!parse_number(count_text, 10, PLAN_MAX_BYTES, &field->number))
		return refuse(reader, "bad list count");
	/* Bounds the count by what the file can hold: each item needs a tab of its own, and next_item has room for all. */
	field->items = reader->next_item;
	for (uint64_t i = 0; i < field->number; i++) {
		char *item = next_field(rest, &well_formed);
		if (!item)
			return refuse(reader, "list is shorter than its count");
		*reader->next_item++ = item;
	}
	*reader->next_item++ = NULL;
	return well_formed ? 0 : refuse(reader, "bad escape");
}

static bool is_type(const char *type, size_t length, const char *name)
{
	return strlen(name) == length && strncmp(type, name, length) == 0;
}

/* `type` is what stands after `=` in ops.def, `length` bytes of it. */
static bool parse_slot(struct reader *reader, const char *text, uint64_t *number)
{
	if (!parse_number(text, 10, PLAN_SLOTS - 1, number))
		return false;
	if (*number >= reader->slot_count)
		reader->slot_count = (unsigned)*number + 1;
	return true;
}

static int parse_field(struct reader *reader, struct field *field, const char *type, size_t length, char *text, char **rest)
{
	field->text = text;
	bool good;
	enum name_table table;
	if (is_type(type, length, "list")) {
		field->text = NULL;
		return parse_list(reader, field, text, rest);
	}
	if (length > 5 && memcmp(type, "name.", 5) == 0)
		good = name_table_find(type + 5, length - 5, &table) && name_value(table, text, strlen(text), &field->number);
	else if (length > 6 && memcmp(type, "flags.", 6) == 0)
		good = name_table_find(type + 6, length - 6, &table) && parse_flags(table, text, &field->number);
	else if (is_type(type, length, "text"))
		good = true;
	else if (is_type(type, length, "path"))
		good = *text != '\0';
	else if (is_type(type, length, "int"))
		good = parse_integer(text, &field->number);
	else if (is_type(type, length, "uint"))
		good = parse_number(text, 10, UINT64_MAX, &field->number);
	else if (is_type(type, length, "who") && strcmp(text, "found") == 0)
		field->number = FOUND_ID, good = true;
	else if (is_type(type, length, "id") || is_type(type, length, "who"))
		good = parse_number(text, 10, UINT32_MAX - 1, &field->number);
	else if (is_type(type, length, "mode"))
		good = parse_number(text, 8, 07777, &field->number);
	else if (is_type(type, length, "slot"))
		good = parse_slot(reader, text, &field->number);
	else
		good = false;
	return good ? 0 : refuse(reader, "bad value");
}

static int parse_op(struct reader *reader, struct op *op, char *rest)
{
	bool well_formed = true;
	char *name = next_field(&rest, &well_formed);
	unsigned code = 0;
	while (code < OP_COUNT && strcmp(shapes[code].name, name) != 0)
		code++;
	if (code == OP_COUNT)
		return refuse(reader, "unknown operation");
	op->code = (enum op_code)code;
	op->line = reader->line;
	const char *shape = shapes[code].fields;
	for (unsigned i = 0; *shape; i++) {
		const char *type = strchr(shape, '=') + 1;
		size_t length = strcspn(type, " ");
		char *text = next_field(&rest, &well_formed);
		if (!text)
			return refuse(reader, "too few fields");
		if (parse_field(reader, &op->fields[i], type, length, text, &rest) < 0)
			return -1;
		shape = type + length + (type[length] == ' ');
	}
	if (rest)
		return refuse(reader, "too many fields");
	return well_formed ? 0 : refuse(reader, "bad escape");
}

static int parse_section(struct reader *reader, struct plan *plan, const char *name, int *section, size_t count)
{
	if (*section + 1 >= SECTION_COUNT || strcmp(name, section_names[*section + 1]) != 0)
		return refuse(reader, "unexpected section");
	plan->section_start[++*section] = count;
	return 0;
}

static int parse_end(struct reader *reader, const struct plan *plan, const char *text, int section, size_t count)
{
	uint64_t announced;
	if (section != SECTION_COUNT - 1 || !parse_number(text, 10, UINT32_MAX, &announced) || announced != count)
		return refuse(reader, "the plan is incomplete");
	if (reader->cursor != reader->end)
		return refuse(reader, "text after the end");
	(void)plan;
	return 0;
}

static int parse_lines(struct reader *reader, struct plan *plan)
{
	char *line = next_line(reader);
	if (!line || strcmp(line, "tsrun-plan\t1") != 0)
		return refuse(reader, "not a plan of version 1");
	int section = -1;
	size_t count = 0;
	while ((line = next_line(reader))) {
		if (strncmp(line, "section\t", 8) == 0) {
			if (parse_section(reader, plan, line + 8, &section, count) < 0)
				return -1;
		} else if (strncmp(line, "end\t", 4) == 0) {
			plan->section_start[SECTION_COUNT] = count;
			return parse_end(reader, plan, line + 4, section, count);
		} else if (section < 0) {
			return refuse(reader, "operation outside a section");
		} else if (parse_op(reader, &plan->ops[count++], line) < 0) {
			return -1;
		}
	}
	return refuse(reader, "the plan is incomplete");
}

int plan_parse(char *text, size_t length, struct plan *plan, struct plan_error *error)
{
	size_t lines = 1, separators = 1;
	for (size_t i = 0; i < length; i++) {
		lines += text[i] == '\n';
		separators += text[i] == '\t' || text[i] == '\n';
	}
	*plan = (struct plan){ .text = text };
	plan->ops = calloc(lines, sizeof(*plan->ops));
	/* Each list has a count field, which stands for its terminator, and a separator before every item. */
	plan->items = calloc(separators + lines, sizeof(char *));
	struct reader reader = { .cursor = text, .end = text + length, .next_item = plan->items };
	int result = -1;
	if (!plan->ops || !plan->items)
		reader.problem = "out of memory";
	else if (memchr(text, '\0', length))
		reader.problem = "NUL byte";
	else
		result = parse_lines(&reader, plan);
	plan->slot_count = reader.slot_count;
	if (result < 0) {
		*error = (struct plan_error){ .line = reader.line, .problem = reader.problem };
		plan_free(plan);
	}
	return result;
}

int plan_read(int fd, struct plan *plan, struct plan_error *error)
{
	struct stat status;
	*error = (struct plan_error){ .problem = "cannot be read" };
	if (fstat(fd, &status) < 0) {
		error->error = errno;
		return -1;
	}
	if (!S_ISREG(status.st_mode) || status.st_size < 0 || (uint64_t)status.st_size > PLAN_MAX_BYTES) {
		error->problem = "not a regular file, or too large";
		return -1;
	}
	size_t size = (size_t)status.st_size, have = 0;
	char *text = malloc(size + 1);
	if (!text) {
		error->error = ENOMEM;
		return -1;
	}
	while (have < size) {
		ssize_t got = pread(fd, text + have, size - have, (off_t)have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			error->error = got < 0 ? errno : 0;
			free(text);
			return -1;
		}
		have += (size_t)got;
	}
	text[size] = '\0';
	return plan_parse(text, size, plan, error);
}

void plan_free(struct plan *plan)
{
	free(plan->text);
	free(plan->ops);
	free(plan->items);
	*plan = (struct plan){ 0 };
}
