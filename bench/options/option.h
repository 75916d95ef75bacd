// SPDX-License-Identifier: BSD-2-Clause
// An option: what it is called, takes and means, and which commands have it.
#ifndef BENCH_OPTIONS_OPTION_H
#define BENCH_OPTIONS_OPTION_H

#include <stdbool.h>
#include <stddef.h>

/* The commands, as a set of bits. */
#define OF_RUN 0x001u
#define OF_BENCH 0x002u /* stream, rr and floor */
#define OF_TABLE 0x004u
#define OF_POOL 0x008u
#define OF_CROWD 0x010u
#define OF_COMPARE 0x020u
#define OF_REPORT 0x040u
#define OF_DOCTOR 0x080u
#define OF_LAB 0x100u
#define OF_LAZY 0x200u
#define OF_BACKEND 0x400u
#define OF_FIRST 0x800u /* bench without a scenario */
#define OF_MERGE 0x1000u
#define OF_TCP 0x2000u
#define OF_SEED 0x4000u
#define OF_ALL 0x7fffu

enum option_id {
	OPT_ACCEL,
	OPT_NOTIFY,
	OPT_SCOPE,
	OPT_STRICT,
	OPT_PRODUCER,
	OPT_BATCH,
	OPT_IRQ,
	OPT_TRANSPORT,
	OPT_PREEMPT,
	OPT_SLICE,
	OPT_WORKER_FIFO,
	OPT_WAKE,
	OPT_HALT_POLL,
	OPT_SQ_IDLE,
	OPT_DURATION,
	OPT_WARMUP,
	OPT_RUNS,
	OPT_WARMUP_RUNS,
	OPT_ORDER,
	OPT_SEED,
	OPT_BASELINE,
	OPT_SHARD,
	OPT_FRAME,
	OPT_RING,
	OPT_WINDOW,
	OPT_RTO,
	OPT_RATE,
	OPT_ARRIVALS,
	OPT_BUSY_POLL,
	OPT_BUDGET,
	OPT_VHOST_THREAD,
	OPT_LINK,
	OPT_VERIFY,
	OPT_FILTERS,
	OPT_PRODUCERS,
	OPT_ITEMS,
	OPT_WORKERS,
	OPT_CULL,
	OPT_RATIO,
	OPT_VCPUS,
	OPT_SECTION,
	OPT_THINK,
	OPT_JUMP,
	OPT_HINTS,
	OPT_TARGETS,
	OPT_PLE,
	OPT_CGROUP,
	OPT_GUEST,
	OPT_GUEST_KERNEL,
	OPT_GUEST_INITRD,
	OPT_GUEST_APPEND,
	OPT_GUEST_MODULES,
	OPT_GUEST_MEM,
	OPT_GUEST_VCPUS,
	OPT_GUEST_TIMEOUT,
	OPT_STREAMS,
	OPT_SIZE,
	OPT_CPUS,
	OPT_NO_NOISE_CHECK,
	OPT_TRACE,
	OPT_DETAILS,
	OPT_KERNEL_LINES,
	OPT_SHOW_SCOPES,
	OPT_SYSFS,
	OPT_ARCH,
	OPT_KERNELS,
	OPT_KERNEL,
	OPT_MODULES,
	OPT_BUILD,
	OPT_PATCH,
	OPT_VERSUS,
	OPT_BOOTS,
	OPT_SMP,
	OPT_MEM,
	OPT_DETERMINISTIC,
	OPT_PARALLEL,
	OPT_TIMEOUT,
	OPT_REFRESH,
	OPT_LIST,
	OPT_TANDEM,
	OPT_ADD,
	OPT_APPEND,
	OPT_SHELL,
	OPT_CONSOLE,
	OPT_FAIL_IF,
	OPT_METRIC,
	OPT_OLD,
	OPT_NEW,
	OPT_FORCE,
	OPT_CONFINEMENT,
	OPT_PROBE,
	OPT_RESTORE_PREEMPT,
	OPT_OUTPUT,
	OPT_FORMAT,
	OPT_JSON,
	OPT_DELAY,
	OPT_MISBEHAVE,
	OPT_SOCKET_A,
	OPT_SOCKET_B,
	OPT_QUEUE_PAIRS,
	OPT_CLIENT,
	OPT_FEATURES,
	OPT_HELP,
};

enum option_type {
	OPTION_FLAG,	   /* takes no value */
	OPTION_MAYBE_FILE, /* takes one behind "=" only, or none */
	OPTION_TEXT,
	OPTION_FILE,
	OPTION_DIR,
	OPTION_WHOLE, /* a whole number of its unit; or one of its words */
	OPTION_REAL,
	OPTION_CHOICE, /* one of its words */
	OPTION_LIST,   /* several of its words, or all of them; or the one that stands alone */
	OPTION_WHOLES, /* several whole numbers */
	OPTION_NAMES,  /* several names, which somebody else knows; or the word that stands alone */
	OPTION_CPUS,   /* 0-3,8 */
	OPTION_PLACES, /* ROLE=0-3,ROLE=8 */
};

/* What a bare number is a number of, and so which units may follow it. */
enum option_unit {
	UNIT_NONE,    /* k, M: 1000 and its square */
	UNIT_BYTES,   /* K, M: 1024 and its square; k is K */
	UNIT_ENTRIES, /* as bytes: rings are powers of two */
	UNIT_MIB,
	UNIT_NS, /* ns, us, ms, s, m */
	UNIT_USEC,
	UNIT_MSEC,
	UNIT_SEC,
};

/* To a comparison of two results: do they differ in it? */
enum option_difference {
	DIFFERS_FREELY, /* it says nothing of the figures */
	DIFFERS_APART,	/* then they are different cells */
	DIFFERS_WARNED, /* it moves the figures */
	DIFFERS_REFUSED /* it decides what is measured at all */
};

/* What a value may be called: a list, or a function of the index that returns NULL at its end. */
struct option_words {
	const char *const *list;
	const char *(*name)(unsigned i);
	const char *(*summary)(unsigned i); /* for --help, or NULL */
	const char *alone;		    /* instead of a list: "none" */
	const char *also;		    /* accepted, but not one of all */
	bool (*is_name)(const char *text);  /* a name that is one, and what such names are */
	const char *names;
	bool also_hidden; /* since it is for the tests */
	const char *yes;  /* of two: the one that is true in a result */
};

/* An option that is not the same in different commands has a row for each, one after the other. */
struct option_row {
	enum option_id id;
	const char *name;
	char letter; /* -o, or '\0' */
	unsigned of; /* OF_... */
	enum option_type type;
	enum option_unit unit;
	double min, max;
	bool power_of_two;
	bool many;	     /* may be given several times; lists always may */
	const char *initial; /* its default, as it would be typed; NULL: it has none */
	const char *absent;  /* what --help calls the default, where that is not its value */
	const char *value;   /* for --help: "USEC" */
	const struct option_words *words;
	const char *key; /* in a result: "rto_us", "load.rate"; NULL: it has none */
	enum option_difference difference;
	const char *help; /* NULL: for the tests, not told; {min}, {max}: its range */
};

#endif
