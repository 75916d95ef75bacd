// SPDX-License-Identifier: BSD-2-Clause
// Values of options.
#include "cli/parse.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "lib/cpulist.h"
#include "lib/log.h"

int parse_complain(const char *option, const char *value, const char *way_out)
{
	log_error("--%s=%s: %s", option, value, way_out);
	return EXIT_USAGE;
}

const char *parse_output(const char *text)
{
	return strcmp(text, "/dev/stdout") ? text : "-";
}

bool parse_is_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

int parse_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char way_out[96];

	if (parse_is_number(text, min, max, out))
		return 0;
	snprintf(way_out, sizeof(way_out), "give a whole number from %u to %u", min, max);
	return parse_complain(option, text, way_out);
}

bool parse_is_cpus(const char *text, cpu_set_t *out, int *missing)
{
	cpu_set_t allowed, both, without;

	if (!cpulist_parse(text, out) || !CPU_COUNT(out))
		return false;
	sched_getaffinity(0, sizeof(allowed), &allowed);
	CPU_AND(&both, out, &allowed);
	CPU_XOR(&without, out, &both);
	*missing = cpulist_first(&without);
	return true;
}

int parse_cpus(const char *option, const char *text, cpu_set_t *out)
{
	char way_out[96];
	int missing;

	if (!parse_is_cpus(text, out, &missing))
		return parse_complain(option, text,
				      "give CPUs and ranges, separated by commas: 0-3,6");
	if (missing < 0)
		return 0;
	snprintf(way_out, sizeof(way_out),
		 "there is no CPU %d that this process may run on (see taskset -p $$)", missing);
	return parse_complain(option, text, way_out);
}

int parse_real(const char *option, const char *text, double min, double max, double *out)
{
	char *end, way_out[96];
	double v = strtod(text, &end);

	if (end != text && !*end && isfinite(v) && v >= min && v <= max) {
		*out = v;
		return 0;
	}
	snprintf(way_out, sizeof(way_out), "give a number from %g to %g", min, max);
	return parse_complain(option, text, way_out);
}

int parse_list(void *to, const char *option, const char *text, const char *all,
	       bool (*add)(void *to, const char *name))
{
	char list[256], *save = NULL, *name, way_out[240];
	unsigned n = 0;

	snprintf(way_out, sizeof(way_out), "give one or more of %s, separated by commas, or all",
		 all);
	if (snprintf(list, sizeof(list), "%s", strcmp(text, "all") ? text : all) >= (int)sizeof(list))
		return parse_complain(option, text, "too long");
	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save), n++)
		if (!add(to, name))
			return parse_complain(option, text, way_out);
	return n ? 0 : parse_complain(option, text, way_out);
}
