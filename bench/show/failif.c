// SPDX-License-Identifier: BSD-2-Clause
// The conditions of `tandem compare --fail-if`.
#include "bench/show/failif.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define EXAMPLE "write it like 'deferred.notify_p99 > 1.2x'"

static int complain(const char *text, const char *what)
{
	log_error("--fail-if=%s: %s", text, what);
	return -EINVAL;
}

static const char *skip_blanks(const char *s)
{
	while (isblank((unsigned char)*s))
		s++;
	return s;
}

/* The length of s[0..len-1] without the blanks at its end. */
static size_t trimmed(const char *s, size_t len)
{
	while (len && isblank((unsigned char)s[len - 1]))
		len--;
	return len;
}

static int parse_metric(struct failif *f, const char *s, size_t len)
{
	char list[512] = "";

	f->metric = metric_find(s, len);
	if (f->metric)
		return 0;
	for (unsigned i = 0; i < METRICS; i++) {
		size_t n = strlen(list);

		snprintf(list + n, sizeof(list) - n, " %s", metrics[i].key);
	}
	log_error("--fail-if=%s: '%.*s' is no metric; there are:%s", f->text, (int)len, s, list);
	return -EINVAL;
}

/* What is in front of the operator: the last dot parts words and metric. */
static int parse_left(struct failif *f, const char *s, size_t len)
{
	size_t dot;

	s = skip_blanks(s);
	len = trimmed(s, len - (size_t)(s - f->text));
	for (dot = len; dot > 0 && s[dot - 1] != '.';)
		dot--;
	f->selector = s;
	f->selector_len = dot ? dot - 1 : 0;
	s = s + dot;
	len -= dot;
	if (!len)
		return complain(f->text, "there is no metric; " EXAMPLE);
	return parse_metric(f, skip_blanks(s), len - (size_t)(skip_blanks(s) - s));
}

static const char *parse_op(struct failif *f, const char *s)
{
	bool less = *s == '<', equal = s[1] == '=';

	if (less)
		f->op = equal ? FAILIF_LESS_EQUAL : FAILIF_LESS;
	else
		f->op = equal ? FAILIF_MORE_EQUAL : FAILIF_MORE;
	return s + 1 + equal;
}

/* How many of the metric's own unit `name` is; 0: it is none of its units. */
static double unit_factor(enum metric_unit u, const char *name)
{
	static const struct {
		enum metric_unit unit;
		const char *name;
		double factor;
	} units[] = {
		{ UNIT_US, "ns", 1e-3 }, { UNIT_US, "us", 1 },	   { UNIT_US, "ms", 1e3 },
		{ UNIT_US, "s", 1e6 },	 { UNIT_GBPS, "Gb/s", 1 }, { UNIT_GBPS, "Mb/s", 1e-3 },
		{ UNIT_PER_S, "/s", 1 }, { UNIT_COUNT, "", 1 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == u && strcmp(units[i].name, name) == 0)
			return units[i].factor;
	return 0;
}

static int parse_right(struct failif *f, const char *s)
{
	static const char *const wanted[] = { "Gb/s or Mb/s", "/s", "ns, us, ms or s", "nothing" };
	char number[32], unit[8], *end;
	double factor;
	size_t n;

	s = skip_blanks(s);
	/* Digits and a point: neither hexadecimal nor inf nor nan, nor another operator. */
	n = strspn(s, "0123456789.");
	snprintf(number, sizeof(number), "%.*s", (int)n, s);
	f->bound = strtod(number, &end);
	if (!n || n >= sizeof(number) || *end)
		return complain(f->text, "a number must follow the operator; " EXAMPLE);
	s = skip_blanks(s + n);
	snprintf(unit, sizeof(unit), "%.*s", (int)trimmed(s, strlen(s)), s);
	f->ratio = strcmp(unit, "x") == 0;
	factor = f->ratio ? 1 : unit_factor(f->metric->unit, unit);
	f->bound *= factor;
	if (factor > 0)
		return 0;
	log_error("--fail-if=%s: after the number of %s give x, for the ratio new / old, or %s",
		  f->text, f->metric->key, wanted[f->metric->unit]);
	return -EINVAL;
}

int failif_parse(const char *text, struct failif *f)
{
	size_t left = strcspn(text, "<>");
	int err;

	*f = (struct failif){ .text = text };
	if (!text[left])
		return complain(text, "there is no <, <=, > or >=; " EXAMPLE);
	err = parse_left(f, text, left);
	return err ? err : parse_right(f, parse_op(f, text + left));
}

bool failif_holds(const struct failif *f, const struct contrast *c, double value)
{
	if (f->ratio)
		value = c->verdict == VERDICT_SAME ? 1 : c->ratio;
	switch (f->op) {
	case FAILIF_LESS:
		return value < f->bound;
	case FAILIF_LESS_EQUAL:
		return value <= f->bound;
	case FAILIF_MORE:
		return value > f->bound;
	default:
		return value >= f->bound;
	}
}
