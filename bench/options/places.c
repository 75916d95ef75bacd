// SPDX-License-Identifier: BSD-2-Clause
// Values that are CPUs: one list, or one for each role.
#include "bench/options/places.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/host/threads.h"
#include "bench/options/complain.h"
#include "lib/cpulist.h"

#define TEXT_MAX 512u

/* The lowest CPU of the set that this process may not run on; -1: it may on all. */
static int first_missing(const cpu_set_t *set)
{
	cpu_set_t allowed, both, without;

	cpulist_allowed(&allowed);
	CPU_AND(&both, set, &allowed);
	CPU_XOR(&without, set, &both);
	return cpulist_first(&without);
}

static int check_missing(const struct option_row *row, const char *text, const cpu_set_t *set)
{
	char way_out[96];
	int missing = first_missing(set);

	if (missing < 0)
		return 0;
	snprintf(way_out, sizeof(way_out),
		 "there is no CPU %d that this process may run on (see taskset -p $$)", missing);
	return option_complain(row, text, way_out);
}

int option_check_cpus(const struct option_row *row, const char *text)
{
	cpu_set_t set;

	if (cpulist_parse(text, &set) && CPU_COUNT(&set))
		return check_missing(row, text, &set);
	return option_complain(row, text, "give CPUs and ranges, separated by commas: 0-3,6");
}

void option_read_cpus(const char *text, cpu_set_t *set)
{
	cpu_set_t more;

	if (cpulist_parse(text, &more))
		CPU_OR(set, set, &more);
}

static int find_role(const char *name, size_t len)
{
	for (unsigned r = 0; r < ROLES; r++)
		if (strlen(role_name(r)) == len && strncmp(role_name(r), name, len) == 0)
			return (int)r;
	return -1;
}

/* One part of "backend=1,a=0,2": without "=" it goes on with the role before it. */
struct part {
	int role; /* -1: there is none of this name, or none at all */
	bool names;
	const char *cpus;
};

static struct part read_part(char *text, int role)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return (struct part){ .role = role, .cpus = text };
	return (struct part){ .role = find_role(text, (size_t)(equals - text)),
			      .names = true,
			      .cpus = equals + 1 };
}

static int check_part(const struct option_row *row, const char *text, const struct part *p)
{
	cpu_set_t set;

	if (p->role < 0 && p->names)
		return option_complain(row, text, "the roles are a, b, backend, notifier");
	if (p->role < 0 || !cpulist_parse(p->cpus, &set) || !CPU_COUNT(&set))
		return option_complain(row, text,
				       "give ROLE=CPU or ROLE=LIST, such as backend=1,a=0,b=0-3,6");
	return check_missing(row, text, &set);
}

int option_check_places(const struct option_row *row, const char *text)
{
	struct part p = { .role = -1 };
	char list[TEXT_MAX], *save = NULL;
	int err = 0;

	if (snprintf(list, sizeof(list), "%s", text) >= (int)sizeof(list))
		return option_complain(row, text, "too long");
	for (char *at = strtok_r(list, ",", &save); at && !err; at = strtok_r(NULL, ",", &save)) {
		p = read_part(at, p.role);
		err = check_part(row, text, &p);
	}
	return err || p.cpus ? err : option_complain(row, text, "the list is empty");
}

void option_read_places(const char *text, cpu_set_t set[ROLES], unsigned *named)
{
	struct part p = { .role = -1 };
	char list[TEXT_MAX], *save = NULL;

	snprintf(list, sizeof(list), "%s", text);
	for (char *at = strtok_r(list, ",", &save); at; at = strtok_r(NULL, ",", &save)) {
		p = read_part(at, p.role);
		if (!(*named & 1u << p.role))
			CPU_ZERO(&set[p.role]);
		*named |= 1u << p.role;
		option_read_cpus(p.cpus, &set[p.role]);
	}
}
