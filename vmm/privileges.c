// SPDX-License-Identifier: BSD-2-Clause
// The one point where privileges go.
#include "vmm/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

#include "lib/log.h"

int privileges_drop(bool keep_sys_nice)
{
	capng_select_t what = CAPNG_SELECT_CAPS;

	if (capng_get_caps_process()) {
		log_error("privileges: which there are could not be read; is /proc mounted?");
		return -EPERM;
	}
	if (keep_sys_nice && !capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_NICE)) {
		log_error("privileges: SCHED_FIFO needs CAP_SYS_NICE; run as root or without it");
		return -EPERM;
	}
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_BOTH;
	capng_clear(CAPNG_SELECT_BOTH);
	if (keep_sys_nice)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SYS_NICE);
	if (capng_apply(what) != 0) {
		log_error("privileges: dropping capabilities failed; run as an ordinary user in "
			  "group kvm");
		return -EPERM;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return log_errno(-errno, "privileges: no_new_privs");
	return 0;
}

bool privileges_any(void)
{
	return capng_get_caps_process() || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE;
}

bool privileges_sys_nice(void)
{
	return !capng_get_caps_process() && capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_NICE);
}
