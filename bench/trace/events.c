// SPDX-License-Identifier: BSD-2-Clause
// The kernel's events that a trace has.
#include "bench/trace/events.h"

#include <string.h>

const char *const trace_event_names[TRACE_EVENTS] = {
	"sched/sched_switch",
	"sched/sched_waking",
	"sched/sched_wakeup",
	"sched/sched_wakeup_new",
	"sched/sched_migrate_task",
	"workqueue/workqueue_queue_work",
	"workqueue/workqueue_execute_start",
	"kvm/kvm_set_irq",
	"kvm/kvm_msi_set_irq",
	"kvm/kvm_vcpu_wakeup",
};

bool trace_same_system(size_t a, size_t b)
{
	size_t len = strcspn(trace_event_names[a], "/");

	return !strncmp(trace_event_names[a], trace_event_names[b], len + 1);
}
