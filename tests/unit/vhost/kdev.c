// SPDX-License-Identifier: BSD-2-Clause
// What the kernel's vhost is asked, and in which order: a stand-in takes the requests
// (-Wl,--wrap=ioctl).
#include "tests/common/suite.h"

#include <errno.h>
#include <linux/vhost.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vhost/kdev.h"

/* VHOST_SET_FORK_FROM_OWNER of Linux 6.18; older headers do not have it. */
#define SET_FORK_FROM_OWNER _IOW(VHOST_VIRTIO, 0x84, __u8)

#define RAM 0x40000000ull
#define RAM_BYTES (1ull << 20)
#define DEVICE 1000 /* no descriptor of this process */
#define TAP 1001
#define CALL 1002
#define ASKED_MAX 64

struct asked {
	unsigned long request;
	unsigned index; /* of requests that have one */
	int64_t value;
};

static struct asked asked[ASKED_MAX];
static unsigned n_asked;
static unsigned fail_at; /* the so-manieth fails; 0: none does */
static uint64_t features;
static struct vhost_memory_region region;
static unsigned n_regions;
static struct vhost_vring_addr addresses[PORT_QUEUES];
static struct gmem mem;

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static void take(struct asked *a, void *arg)
{
	const struct vhost_vring_state *state = arg; /* as files are, too */
	const struct vhost_memory *table = arg;

	switch (a->request) {
	case VHOST_SET_FEATURES:
		features = *(const uint64_t *)arg;
		break;
	case VHOST_SET_MEM_TABLE:
		n_regions = table->nregions;
		region = table->regions[0];
		break;
	case VHOST_SET_VRING_ADDR:
		a->index = state->index;
		addresses[a->index] = *(const struct vhost_vring_addr *)arg;
		break;
	case VHOST_GET_VRING_BASE:
		a->index = state->index;
		((struct vhost_vring_state *)arg)->num = 40 + a->index;
		break;
	case VHOST_SET_OWNER:
	case VHOST_RESET_OWNER:
		break;
	case SET_FORK_FROM_OWNER:
		a->value = *(const uint8_t *)arg;
		break;
	default:
		a->index = state->index;
		a->value = (int)state->num;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fd != DEVICE)
		return __real_ioctl(fd, request, arg);
	assert_true(n_asked < ASKED_MAX);
	asked[n_asked].request = request;
	take(&asked[n_asked++], arg);
	if (n_asked != fail_at)
		return 0;
	errno = ENOBUFS;
	return -1;
}

static int set_up(void **state)
{
	(void)state;
	memset(asked, 0, sizeof(asked));
	n_asked = fail_at = 0;
	mem = GMEM_NONE;
	return gmem_create(&mem, "test", gpa(RAM), RAM_BYTES);
}

static int tear_down(void **state)
{
	(void)state;
	gmem_destroy(&mem);
	return 0;
}

static struct port_setup setup_of(void)
{
	struct port_setup s = { .mem = &mem, .features = ~0ull };

	for (unsigned q = 0; q < PORT_QUEUES; q++)
		s.queue[q] = (struct queue_setup){
			.at = { .size = 256,
				.desc = gpa(RAM + q * 0x10000),
				.driver = gpa(RAM + q * 0x10000 + 0x2000),
				.device = gpa(RAM + q * 0x10000 + 0x4000) },
			.base = 7 + q,
			.kick_fd = 50 + (int)q,
			.call_fd = CALL,
		};
	return s;
}

static int start(const struct port_setup *s, uint32_t busy_poll_us)
{
	struct kdev_port p = {
		.tap = TAP, .call_fd = CALL, .error_fd = { 60, 61 }, .busy_poll_us = busy_poll_us
	};

	return kdev_start(DEVICE, s, &p);
}

static void assert_asked(unsigned i, unsigned long request, unsigned index, int64_t value)
{
	if (asked[i].request != request)
		print_message("# request %u\n", i);
	assert_int_equal(asked[i].request, request);
	assert_int_equal(asked[i].index, index);
	assert_int_equal(asked[i].value, value);
}

static void a_device_is_described_before_it_runs(void **state)
{
	struct port_setup s = setup_of();
	unsigned i = 0;

	(void)state;
	assert_int_equal(start(&s, 0), 0);
	assert_asked(i++, VHOST_SET_FEATURES, 0, 0);
	assert_asked(i++, VHOST_SET_MEM_TABLE, 0, 0);
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		assert_asked(i++, VHOST_SET_VRING_NUM, q, 256);
		assert_asked(i++, VHOST_SET_VRING_BASE, q, 7 + q);
		assert_asked(i++, VHOST_SET_VRING_ADDR, q, 0);
		assert_asked(i++, VHOST_SET_VRING_KICK, q, 50 + q);
		assert_asked(i++, VHOST_SET_VRING_CALL, q, CALL);
		assert_asked(i++, VHOST_SET_VRING_ERR, q, 60 + q);
	}
	for (unsigned q = 0; q < PORT_QUEUES; q++)
		assert_asked(i++, VHOST_NET_SET_BACKEND, q, TAP);
	assert_int_equal(n_asked, i);
}

static void only_its_own_features_are_accepted(void **state)
{
	struct port_setup s = setup_of();

	(void)state;
	start(&s, 0);
	assert_int_equal(features, 1ull << 32 | 1ull << 29);
	s.features = 1ull << 32;
	start(&s, 0);
	assert_int_equal(features, 1ull << 32);
}

static void addresses_are_this_process_s(void **state)
{
	struct port_setup s = setup_of();

	(void)state;
	start(&s, 0);
	assert_int_equal(n_regions, 1);
	assert_int_equal(region.guest_phys_addr, RAM);
	assert_int_equal(region.memory_size, RAM_BYTES);
	assert_int_equal(region.userspace_addr, (uintptr_t)mem.host);
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		uintptr_t at = (uintptr_t)mem.host + q * 0x10000;

		assert_int_equal(addresses[q].desc_user_addr, at);
		assert_int_equal(addresses[q].avail_user_addr, at + 0x2000);
		assert_int_equal(addresses[q].used_user_addr, at + 0x4000);
		assert_int_equal(addresses[q].flags, 0);
	}
}

static bool was_asked(unsigned long request, int64_t value)
{
	for (unsigned i = 0; i < n_asked; i++)
		if (asked[i].request == request && asked[i].value == value)
			return true;
	return false;
}

static void a_ring_outside_memory_never_runs(void **state)
{
	/* each part, and one whose last byte is outside */
	static const uint64_t bad[] = { 0, RAM - 2, RAM + RAM_BYTES, UINT64_MAX - 1,
					RAM + RAM_BYTES - 400 };

	(void)state;
	for (unsigned part = 0; part < 3; part++)
		for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
			struct port_setup s = setup_of();
			struct virtq_layout *at = &s.queue[1].at;

			*(part == 0   ? &at->desc
			  : part == 1 ? &at->driver
				      : &at->device) = gpa(bad[i]);
			n_asked = 0;
			assert_int_equal(start(&s, 0), -EINVAL);
			assert_false(was_asked(VHOST_NET_SET_BACKEND, TAP));
		}
}

static void a_queue_that_is_not_there_is_refused(void **state)
{
	struct port_setup s = setup_of();

	(void)state;
	s.queue[NET_TX].absent = true;
	assert_int_equal(start(&s, 0), -EINVAL);
	assert_false(was_asked(VHOST_NET_SET_BACKEND, TAP));
}

static void whatever_fails_leaves_nothing_that_runs(void **state)
{
	struct port_setup s = setup_of();
	unsigned steps;

	(void)state;
	start(&s, 0);
	steps = n_asked;
	for (unsigned i = 1; i <= steps; i++) {
		n_asked = 0;
		fail_at = i;
		assert_int_equal(start(&s, 0), -ENOBUFS);
		fail_at = 0;
		assert_asked(i, VHOST_NET_SET_BACKEND, 0, -1);
		assert_asked(i + 1, VHOST_NET_SET_BACKEND, 1, -1);
		assert_true(was_asked(VHOST_SET_VRING_CALL, -1));
	}
}

static void it_stops_before_it_says_where(void **state)
{
	uint32_t base[PORT_QUEUES] = { 0 };

	(void)state;
	kdev_stop(DEVICE, base);
	assert_asked(0, VHOST_NET_SET_BACKEND, 0, -1);
	assert_asked(1, VHOST_NET_SET_BACKEND, 1, -1);
	assert_int_equal(base[0], 40);
	assert_int_equal(base[1], 41);
	for (unsigned q = 0; q < PORT_QUEUES; q++) {
		assert_asked(2 + 4 * q, VHOST_GET_VRING_BASE, q, 0);
		assert_asked(3 + 4 * q, VHOST_SET_VRING_KICK, q, -1);
		assert_asked(4 + 4 * q, VHOST_SET_VRING_CALL, q, -1);
		assert_asked(5 + 4 * q, VHOST_SET_VRING_ERR, q, -1);
	}
}

static bool is_allowed(unsigned long request)
{
	const struct filter_rule *r = kdev_filter;

	for (; r->nr != -1; r++)
		if (r->nr == __NR_ioctl && r->arg[0].value == (request & FILTER_WORD))
			return true;
	return false;
}

/* And busy polling is asked for only where somebody wants it: not every kernel has it. */
static void its_filter_lets_it_do_all_that(void **state)
{
	struct port_setup s = setup_of();
	uint32_t base[PORT_QUEUES];

	(void)state;
	start(&s, 0);
	assert_false(was_asked(VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 0));
	kdev_own(DEVICE, VHOST_THREAD_KTHREAD);
	start(&s, 50);
	assert_true(was_asked(VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 50));
	kdev_stop(DEVICE, base);
	kdev_disown(DEVICE);
	for (unsigned i = 0; i < n_asked; i++)
		assert_true(is_allowed(asked[i].request));
}

int main(void)
{
	static struct suite s = { .setup = set_up, .teardown = tear_down };
	static const struct {
		const char *name;
		CMUnitTestFunction fn;
	} tests[] = {
		{ "a_device_is_described_before_it_runs", a_device_is_described_before_it_runs },
		{ "only_its_own_features_are_accepted", only_its_own_features_are_accepted },
		{ "addresses_are_this_process_s", addresses_are_this_process_s },
		{ "a_ring_outside_memory_never_runs", a_ring_outside_memory_never_runs },
		{ "a_queue_that_is_not_there_is_refused", a_queue_that_is_not_there_is_refused },
		{ "whatever_fails_leaves_nothing_that_runs",
		  whatever_fails_leaves_nothing_that_runs },
		{ "it_stops_before_it_says_where", it_stops_before_it_says_where },
		{ "its_filter_lets_it_do_all_that", its_filter_lets_it_do_all_that },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		suite_add(&s, tests[i].name, tests[i].fn, NULL);
	return suite_run(&s, "unit: kdev");
}
