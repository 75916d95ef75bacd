// SPDX-License-Identifier: BSD-2-Clause
// A real guest that breaks every rule, beside healthy ones: only its own device suffers.
#include "tests/hostile/trial.h"

#include "tests/guest/need_kvm.h"
#include "vhost/strategies.h"

extern const uint8_t hostile_image[], hostile_image_end[];

static struct hostile_pairs pairs;

static int tear_down(void **state)
{
	(void)state;
	pair_destroy(pairs.sick);
	pair_destroy(pairs.healthy);
	memset(&pairs, 0, sizeof(pairs));
	return 0;
}

static void only_its_own_device_suffers(void **state)
{
	hostile_run(&pairs, *state);
}

static void two_at_once_harm_nobody_else(void **state)
{
	hostile_run_both(&pairs, *state);
}

static bool wait_failed(void)
{
	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		if (pair_state(pairs.sick, SIDE_B) == PAIR_FAILED)
			return true;
		sleep_ms(1);
	}
	return false;
}

/* It is gone in one way or the other; everything else goes on, and the pair can be stopped. */
static void only_it_is_gone(void **state)
{
	const struct hostile_trial *t = *state;
	uint64_t start;
	char why[200];

	hostile_begin(&pairs, t);
	if (t->flags & HOSTILE_OFF) {
		assert_true(wait_failed());
		pair_failure(pairs.sick, SIDE_B, why, sizeof(why));
		print_message("# %s\n", why);
		assert_true(strlen(why) > 0);
		assert_null(strstr(why, "not the guest's"));
	} else {
		sleep_ms(100);
		assert_int_equal(pair_state(pairs.sick, SIDE_B), PAIR_RUNNING);
	}
	assert_true(wait_state(pairs.sick, SIDE_A, PAIR_RUNNING));
	start = clock_mono_ns();
	pair_stop(pairs.sick);
	assert_true(clock_mono_ns() - start < 3000000000ull);
	assert_decisions_conserved(pairs.sick);
	assert_healthy(&pairs);
}

int main(void)
{
	static struct suite s = { .teardown = tear_down };
	static struct {
		const char *name;
		CMUnitTestFunction fn;
		struct hostile_trial trial;
	} rows[] = {
		{ "only_its_own_device_suffers_direct_user",
		  only_its_own_device_suffers,
		  { .notify = &notify_direct, .producer = "user", .flags = HOSTILE_ACTS } },
		{ "only_its_own_device_suffers_unbound_batch",
		  only_its_own_device_suffers,
		  { .notify = &notify_unbound,
		    .producer = "batch",
		    .flags = HOSTILE_ACTS,
		    .repeats = true } },
		{ "only_its_own_device_suffers_over_pci",
		  only_its_own_device_suffers,
		  { .notify = &notify_unbound,
		    .producer = "user",
		    .flags = HOSTILE_ACTS,
		    .pci = true } },
		{ "only_its_own_device_suffers_deferred_sqpoll",
		  only_its_own_device_suffers,
		  { .notify = &notify_deferred,
		    .producer = "sqpoll",
		    .flags = HOSTILE_ACTS,
		    .repeats = true } },
		{ "two_at_once_harm_nobody_else",
		  two_at_once_harm_nobody_else,
		  { .notify = &notify_direct,
		    .producer = "user",
		    .flags = HOSTILE_ACTS | HOSTILE_PEER } },
		{ "a_guest_that_spins_in_its_handler_is_stopped",
		  only_it_is_gone,
		  { .notify = &notify_direct, .flags = HOSTILE_STUCK } },
		{ "a_guest_that_spins_is_stopped",
		  only_it_is_gone,
		  { .notify = &notify_direct, .flags = HOSTILE_SPIN } },
		{ "a_guest_that_halts_for_ever_is_stopped",
		  only_it_is_gone,
		  { .notify = &notify_unbound, .flags = HOSTILE_HALT } },
		{ "a_guest_that_powers_off_is_named",
		  only_it_is_gone,
		  { .notify = &notify_deferred, .flags = HOSTILE_OFF } },
	};
	int kvm_fd = need_kvm();

	test_clock_hz();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hostile_trial *t = &rows[i].trial;

		if ((t->pci && !vm_has_pci()) || (t->repeats && suite_quick()))
			continue;
		t->accel = &accel_kvm;
		t->kvm_fd = kvm_fd;
		t->image = hostile_image;
		t->image_bytes = (uint64_t)(hostile_image_end - hostile_image);
		suite_add(&s, rows[i].name, rows[i].fn, t);
	}
	return suite_run(&s, "guest: hostile");
}
