// SPDX-License-Identifier: BSD-2-Clause
// The bundled guest in a machine.
#include "pair/guest.h"

#include <assert.h>
#include <stdio.h>

#include "lib/fd.h"
#include "tandem/shared.h"

static struct tandem_boot *boot_page(const struct machine *m)
{
	return machine_ptr(m, TANDEM_BOOT_OFFSET, sizeof(struct tandem_boot));
}

static int load(struct machine *m, const struct guest_config *config)
{
	const struct vm_layout *at = vm_layout();
	const struct gmem *mem = m->config.mem;
	struct tandem_boot boot = config->boot;

	boot.magic = TANDEM_BOOT_MAGIC;
	boot.ram_gpa = mem->base;
	boot.ram_bytes = mem->bytes;
	boot.virtio_gpa = at->virtio_gpa;
	boot.ctl_gpa = at->ctl_gpa;
	boot.intc_gpa[0] = at->intc_gpa[0];
	boot.intc_gpa[1] = at->intc_gpa[1];
	boot.irq = at->irq;
	*boot_page(m) = boot;
	return m->accel->load ? m->accel->load(m, config->image, config->image_bytes) : 0;
}

static void ask_to_end(struct machine *m)
{
	struct tandem_boot *boot = boot_page(m);

	assert(boot);
	shared_store(&boot->stop, 1);
	if (m->config.call_fd >= 0)
		fd_signal(m->config.call_fd);
}

static const struct tandem_report *report(const struct machine *m)
{
	return machine_ptr(m, TANDEM_REPORT_OFFSET, sizeof(struct tandem_report));
}

const struct guest_ops guest_bundled = {
	.name = "bundled",
	.load = load,
	.ask_to_end = ask_to_end,
	.report = report,
};

/* What an enum tandem_failure says, its numbers named. */
static const char *failure_text(uint32_t failure)
{
	switch (failure) {
	case TANDEM_FAIL_FAULT:
		return "it faulted (vector, code, pc, address)";
	case TANDEM_FAIL_DEVICE:
		return "its device is not what it expects (register, found, wanted)";
	case TANDEM_FAIL_FEATURES:
		return "its device lacks features (offered, wanted)";
	case TANDEM_FAIL_MEMORY:
		return "its memory is too small (bytes wanted, there)";
	case TANDEM_FAIL_BOOT:
		return "its boot page makes no sense";
	default:
		return "it failed for a reason tandem does not know";
	}
}

void guest_explain(const struct machine *m, const struct guest_ops *guest, char *text,
		   unsigned bytes)
{
	const char *why = machine_failure(m);
	const struct tandem_report *r = guest->report(m);

	if (why || !r)
		snprintf(text, bytes, "%s", why ? why : "it does not say why");
	else
		snprintf(text, bytes, "%s: 0x%llx 0x%llx 0x%llx 0x%llx",
			 failure_text(shared_load(&r->failure)),
			 (unsigned long long)shared_load(&r->failure_info[0]),
			 (unsigned long long)shared_load(&r->failure_info[1]),
			 (unsigned long long)shared_load(&r->failure_info[2]),
			 (unsigned long long)shared_load(&r->failure_info[3]));
}
