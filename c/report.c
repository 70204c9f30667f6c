/*
 * The one failure of a walk: what the kernel or a condition said. It words nothing: TypeScript does.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "poison.h"

struct report current_report;

__attribute__((format(printf, 3, 0))) static void note(int error, const char *call, const char *format, va_list arguments)
{
	current_report.error = error;
	current_report.call = call;
	current_report.detail[0] = '\0';
	if (format)
		vsnprintf(current_report.detail, sizeof(current_report.detail), format, arguments);
}

int report_set(const char *call, const char *format, ...)
{
	int error = errno;
	va_list arguments;
	va_start(arguments, format);
	note(error, call, format, arguments);
	va_end(arguments);
	return -1;
}

int report_refuse(const char *condition, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	note(0, condition, format, arguments);
	va_end(arguments);
	return -1;
}
