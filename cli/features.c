// SPDX-License-Identifier: BSD-2-Clause
// --features=: what is offered, by name with + or -.
#include "cli/features.h"

#include <string.h>

#include "bench/options/nearest.h"
#include "lib/log.h"
#include "virtio/features.h"

static bool complain_unknown(const char *typed, size_t len, const struct features_of *of)
{
	struct nearest near = nearest_to(typed + 1, len - 1);
	char hint[64], known[256];
	const char *name;
	uint64_t feature;

	for (size_t i = 0; (name = feature_at(i, &feature)); i++)
		if (of->can & feature)
			nearest_look(&near, name);
	log_error("--features=%.*s: %s%s; %s: %s", (int)len, typed, of->lacks,
		  nearest_say(&near, "", hint, sizeof(hint)), of->has,
		  feature_text(of->can, known, sizeof(known)));
	return false;
}

static bool apply(const char *typed, size_t len, const struct features_of *of, uint64_t *features)
{
	uint64_t feature;

	if (*typed != '+' && *typed != '-') {
		log_error("--features=%.*s: a name has + or - in front of it: --features=-%.*s",
			  (int)len, typed, (int)len, typed);
		return false;
	}
	feature = feature_of(typed + 1, len - 1) & of->can;
	if (!feature)
		return complain_unknown(typed, len, of);
	if (*typed == '-' && feature & of->needed) {
		log_error("--features=%.*s: it cannot do without; leave this out", (int)len, typed);
		return false;
	}
	*features = *typed == '+' ? *features | feature : *features & ~feature;
	return true;
}

bool features_parse(const char *text, const struct features_of *of, uint64_t *features)
{
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (!apply(text, len, of, features))
			return false;
		if (!text[len])
			return true;
	}
}
