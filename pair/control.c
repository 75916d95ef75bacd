// SPDX-License-Identifier: BSD-2-Clause
// The bundled guest's control page and debug console.
#include "pair/control.h"

#include "lib/log.h"
#include "tandem/abi.h"
#include "tandem/shared.h"

/* What a guest says is for finding out why it failed, and must not fill a disk. */
#define LINES_MAX 100u

void control_console(void *ctx, char c)
{
	struct control *ctl = ctx;

	if (c != '\n' && ctl->line_len < sizeof(ctl->line) - 1) {
		ctl->line[ctl->line_len++] = c;
		return;
	}
	ctl->line[ctl->line_len] = '\0';
	ctl->line_len = 0;
	if (ctl->lines++ < LINES_MAX)
		log_guest(ctl->name, ctl->line);
	else if (ctl->lines == LINES_MAX + 1)
		log_guest(ctl->name, "(what else it prints is not shown)");
	else
		ctl->lines = LINES_MAX + 2;
}

static uint64_t control_read(void *ctx, uint64_t offset, unsigned len)
{
	(void)ctx;
	(void)offset;
	(void)len;
	return 0;
}

/* Of several vCPUs only the first, or one that fails, writes its state. */
static void control_write(void *ctx, uint64_t offset, unsigned len, uint64_t value)
{
	struct control *c = ctx;

	if (len != 4)
		return;
	if (offset == TANDEM_CTL_CONSOLE)
		control_console(c, (char)value);
	if (offset != TANDEM_CTL_STATE)
		return;
	shared_store_release(&c->state, (int)value);
	if (value == TANDEM_DONE || value == TANDEM_FAILED)
		machine_end(c->machine);
}

struct vm_mmio control_window(struct control *c)
{
	return (struct vm_mmio){ gpa(vm_layout()->ctl_gpa), CONTROL_BYTES, control_read,
				 control_write, c };
}
