// SPDX-License-Identifier: BSD-2-Clause
// A driver that breaks every rule, as a host thread beside healthy ones: only its own device suffers.
#include "tests/hostile/trial.h"

#include "tests/common/proc.h"
#include "vhost/strategies.h"

static struct hostile_pairs pairs;

static int tear_down(void **state)
{
	(void)state;
	/* A host thread that goes through its acts ends when asked to, and not before. */
	for (unsigned i = 0; pairs.sick && i < SIDES; i++)
		pair_ask_to_end(pairs.sick, i);
	pair_destroy(pairs.sick);
	pair_destroy(pairs.healthy);
	memset(&pairs, 0, sizeof(pairs));
	return 0;
}

static void only_its_own_device_suffers(void **state)
{
	if (PROC_TSAN) {
		print_message(
			"# a hostile guest writes what is being read, which is what hostile guests do\n");
		skip();
	}
	hostile_run(&pairs, *state);
}

static void two_at_once_harm_nobody_else(void **state)
{
	if (PROC_TSAN) {
		print_message("# hostile guests write what is being read\n");
		skip();
	}
	hostile_run_both(&pairs, *state);
}

int main(void)
{
	static const struct hostile_trial both = { .accel = &accel_thread,
						   .notify = &notify_deferred,
						   .producer = "batch",
						   .kvm_fd = -1,
						   .flags = HOSTILE_ACTS | HOSTILE_PEER };
	static const struct hostile_trial pci = { .accel = &accel_thread,
						  .notify = &notify_unbound,
						  .producer = "user",
						  .kvm_fd = -1,
						  .flags = HOSTILE_ACTS,
						  .pci = true };
	static struct suite s = { .teardown = tear_down };
	static char names[9][80];
	static struct hostile_trial trials[9];
	unsigned n = 0;

	test_clock_hz();
	for (size_t i = 0; notify_strategies[i]; i++)
		for (size_t k = 0; producers[k] && n < ARRAY_SIZE(trials); k++) {
			if (producers[k]->not_ours) /* what it makes of them it does not say */
				continue;
			if (!suite_takes(i, k, 3))
				continue;
			trials[n] = (struct hostile_trial){ .accel = &accel_thread,
							    .notify = notify_strategies[i],
							    .producer = producers[k]->name,
							    .kvm_fd = -1,
							    .flags = HOSTILE_ACTS };
			snprintf(names[n], sizeof(names[n]), "only_its_own_device_suffers_%s_%s",
				 notify_strategies[i]->name, producers[k]->name);
			suite_add(&s, names[n], only_its_own_device_suffers, &trials[n]);
			n++;
		}
	if (vm_has_pci())
		suite_add(&s, "only_its_own_device_suffers_over_pci", only_its_own_device_suffers,
			  &pci);
	suite_add(&s, "two_at_once_harm_nobody_else", two_at_once_harm_nobody_else, &both);
	return suite_run(&s, "pair: hostile");
}
