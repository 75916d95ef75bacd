// SPDX-License-Identifier: BSD-2-Clause
// Can these bytes be what they are said to be?
#include "lib/sane.h"

#include <math.h>
#include <string.h>

bool sane_flag(const bool *flag)
{
	unsigned char byte;

	_Static_assert(sizeof(*flag) == sizeof(byte), "one byte");
	memcpy(&byte, flag, sizeof(byte));
	return byte <= 1;
}

bool sane_text(const char *text, size_t room)
{
	const char *end = memchr(text, '\0', room);

	for (const char *p = text; end && p < end; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return end;
}

bool sane_amount(double v)
{
	return isfinite(v) && v >= 0;
}
