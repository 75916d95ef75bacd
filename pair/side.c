// SPDX-License-Identifier: BSD-2-Clause
// One guest of a pair: control page and debug console.
#include "pair/side.h"

#include "lib/log.h"

/* What a guest says is for finding out why it failed, and must not fill a disk. */
#define LINES_MAX 100u

void side_console(void *opaque, char c)
{
	struct side *s = opaque;

	if (c != '\n' && s->line_len < sizeof(s->line) - 1) {
		s->line[s->line_len++] = c;
		return;
	}
	s->line[s->line_len] = '\0';
	s->line_len = 0;
	if (s->lines++ < LINES_MAX)
		log_guest(s->name, s->line);
	else if (s->lines == LINES_MAX + 1)
		log_guest(s->name, "(what else it prints is not shown)");
	else
		s->lines = LINES_MAX + 2;
}

bool side_ctl_write(struct side *s, uint64_t offset, uint32_t value)
{
	if (offset == TANDEM_CTL_CONSOLE)
		side_console(s, (char)value);
	if (offset != TANDEM_CTL_STATE)
		return false;
	shared_store_release(&s->state, (int)value);
	return value == TANDEM_DONE || value == TANDEM_FAILED;
}
