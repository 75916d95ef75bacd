// SPDX-License-Identifier: BSD-2-Clause
// Text that others wrote: what of it a terminal may be shown.
#include "lib/text.h"

#include <stdint.h>

/* The first code point that takes so many bytes: fewer could say it, too. */
static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

static unsigned length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	return first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

/* C0, DEL and C1: 0x9b alone begins an escape sequence. */
static int is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

unsigned text_character(const char *s)
{
	unsigned char first = (unsigned char)*s;
	unsigned n = length_of(first);
	uint32_t c = n > 1 ? first & (0x7fu >> n) : first;

	for (unsigned i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (!n || is_control(c) || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return n;
}

void text_clean(char *s)
{
	while (*s) {
		unsigned n = text_character(s);

		if (!n)
			*s = '?';
		s += n ? n : 1;
	}
}
