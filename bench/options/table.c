// SPDX-License-Identifier: BSD-2-Clause
// The table of options.
#include "bench/options/table.h"

#include <string.h>

#include "bench/options/words.h"
#include "tandem/crowd.h"
#include "tandem/frame.h"
#include "virtio/virtq.h"

#define PAIRS (OF_RUN | OF_BENCH | OF_FIRST | OF_TABLE | OF_LAZY)
#define BENCHES (OF_BENCH | OF_FIRST | OF_TABLE | OF_LAZY)
#define SHORT (OF_FIRST | OF_LAZY)
#define TCPS (OF_TCP | OF_SEED)

#define DAY_S 86400
#define USEC_MAX 1e7
#define SEED_MAX 4294967295.0

/* clang-format off */
static const struct option_row rows[] = {
	{ OPT_ACCEL, "accel", .of = PAIRS | OF_CROWD, .type = OPTION_CHOICE, .words = &words_accel,
	  .value = "auto|kvm|thread", .initial = "auto", .key = "accel",
	  .difference = DIFFERS_REFUSED,
	  .help = "guests on KVM, or as host threads; auto: kvm where it works" },
	{ OPT_NOTIFY, "notify", .of = OF_RUN | OF_BACKEND, .type = OPTION_CHOICE,
	  .words = &words_notify, .value = "NAME", .initial = "direct", .key = "notify",
	  .difference = DIFFERS_APART,
	  .help = "who delivers" },
	{ OPT_NOTIFY, "notify", .of = OF_BENCH | OF_FIRST | TCPS, .type = OPTION_LIST,
	  .words = &words_notify, .value = "LIST", .initial = "all", .key = "notify",
	  .difference = DIFFERS_APART,
	  .help = "who delivers, comma separated, or all" },
	{ OPT_SCOPE, "scope", .of = PAIRS, .type = OPTION_CHOICE, .words = &words_scope,
	  .value = "NAME", .key = "scope", .difference = DIFFERS_WARNED, .absent = "system",
	  .help = "unbound: whose CPUs share workers: cpu, smt, cache_shard, cache, numa, or "
	          "system (any CPU); see `tandem bench pool --show-scopes`" },
	{ OPT_SCOPE, "scope", .of = OF_POOL, .type = OPTION_LIST, .words = &words_scope,
	  .value = "LIST", .absent = "all that there are",
	  .help = "cpu, smt, cache_shard, cache, numa, system: whose CPUs share workers, as in the "
	          "kernel's workqueues" },
	{ OPT_STRICT, "strict", .of = PAIRS, .type = OPTION_CHOICE, .words = &words_no_yes,
	  .value = "no|yes", .initial = "no", .key = "strict", .difference = DIFFERS_WARNED,
	  .help = "unbound: workers must stay on their scope's CPUs" },
	{ OPT_STRICT, "strict", .of = OF_POOL, .type = OPTION_LIST, .words = &words_no_yes,
	  .value = "LIST", .initial = "no",
	  .help = "no, yes: must workers stay on their scope's CPUs" },
	{ OPT_PRODUCER, "producer", .of = OF_RUN | OF_BACKEND, .type = OPTION_CHOICE,
	  .words = &words_producer, .value = "NAME", .initial = "user", .key = "producer",
	  .difference = DIFFERS_APART,
	  .help = "where the backend copies and notifies" },
	{ OPT_PRODUCER, "producer", .of = OF_FIRST, .type = OPTION_LIST, .words = &words_producer,
	  .value = "LIST", .initial = "sqpoll,user", .key = "producer",
	  .difference = DIFFERS_APART,
	  .help = "where the backend copies and notifies; user is a control beside others" },
	{ OPT_PRODUCER, "producer", .of = OF_BENCH | OF_TCP, .type = OPTION_LIST,
	  .words = &words_producer,
	  .value = "LIST", .initial = "user", .key = "producer", .difference = DIFFERS_APART,
	  .help = "where the backend copies and notifies" },
	{ OPT_PRODUCER, "producer", .of = OF_TABLE, .type = OPTION_LIST, .words = &words_producer,
	  .value = "LIST", .absent = "batch,sqpoll,user", .key = "producer",
	  .difference = DIFFERS_APART,
	  .help = "only the lines of these producers" },
	{ OPT_PRODUCER, "producer", .of = OF_SEED, .type = OPTION_LIST, .words = &words_producer,
	  .value = "LIST", .initial = "user,sqpoll,vhost-net", .key = "producer",
	  .difference = DIFFERS_APART,
	  .help = "where the backend copies and notifies; without this option those that the "
	          "host has" },
	{ OPT_BATCH, "batch", .of = PAIRS | OF_BACKEND | TCPS, .type = OPTION_WHOLE, .min = 1,
	  .max = 1024,
	  .value = "N", .initial = "64", .key = "batch", .difference = DIFFERS_REFUSED,
	  .help = "batch, sqpoll: frames handed to the kernel at once" },
	{ OPT_IRQ, "irq", .of = OF_RUN, .type = OPTION_CHOICE, .words = &words_irq, .value = "NAME",
	  .initial = "auto", .absent = "the first", .key = "irq", .difference = DIFFERS_APART,
	  .help = "how KVM injects the guest's interrupt; no effect with accel thread" },
	{ OPT_IRQ, "irq", .of = OF_SEED, .type = OPTION_LIST, .words = &words_irq,
	  .value = "LIST", .absent = "msi, and for direct ioapic, too", .key = "irq",
	  .difference = DIFFERS_APART,
	  .help = "how KVM injects the guest's interrupt" },
	{ OPT_IRQ, "irq", .of = OF_BENCH | OF_FIRST | OF_TCP, .type = OPTION_LIST,
	  .words = &words_irq,
	  .value = "LIST",
	  .initial = "auto", .absent = "the first", .key = "irq", .difference = DIFFERS_APART,
	  .help = "how KVM injects the guest's interrupt; no effect with accel thread" },
	{ OPT_TRANSPORT, "transport", .of = PAIRS, .type = OPTION_CHOICE, .words = &words_transport,
	  .value = "mmio|pci", .initial = "mmio", .key = "transport", .difference = DIFFERS_WARNED,
	  .help = "how the guests reach their devices: virtio-mmio, or virtio-pci (x86_64), with "
	          "MSI-X or INTx" },
	{ OPT_PREEMPT, "preempt", .of = BENCHES | TCPS, .type = OPTION_LIST,
	  .words = &words_preempt,
	  .value = "current|LIST", .initial = "current", .key = "preempt",
	  .difference = DIFFERS_APART,
	  .help = "host preemption modes to switch through: none, voluntary, full, lazy, rt; put "
	          "back on every exit" },
	{ OPT_PREEMPT, "preempt", .of = OF_LAB, .type = OPTION_LIST, .words = &words_lab_preempt,
	  .value = "LIST", .absent = "as built",
	  .help = "boot once in each: none, voluntary, full, lazy, rt" },
	{ OPT_SLICE, "slice", .of = OF_TABLE | OF_LAZY, .type = OPTION_NAMES, .words = &words_slice,
	  .value = "current|LIST", .absent = "default,2x,6x where it may be changed",
	  .key = "slice.asked", .difference = DIFFERS_APART,
	  .help = "scheduler's base slices to measure under: default, multiples of it (2x), "
	  		"lengths "
		  "(2.8ms); put back on every exit" },
	{ OPT_SLICE, "slice", .of = OF_BENCH | OF_FIRST | TCPS, .type = OPTION_NAMES,
	  .words = &words_slice, .value = "current|LIST", .initial = "current",
	  .key = "slice.asked",
	  .difference = DIFFERS_APART,
	  .help = "scheduler's base slices to measure under: default, multiples of it (2x), "
	  		"lengths "
		  "(2.8ms); put back on every exit" },
	{ OPT_WORKER_FIFO, "worker-fifo", .of = OF_RUN | OF_BACKEND | OF_BENCH | OF_FIRST,
	  .type = OPTION_WHOLE, .max = 99, .value = "PRIO", .initial = "0", .absent = "0: not",
	  .key = "worker_fifo",
	  .difference = DIFFERS_APART,
	  .help = "notifier threads as SCHED_FIFO: lazy does not keep those waiting" },
	{ OPT_WAKE, "wake", .of = OF_RUN | OF_BENCH | OF_FIRST, .type = OPTION_CHOICE,
	  .words = &words_wake, .value = "unlocked|locked", .initial = "unlocked", .key = "wake",
	  .difference = DIFFERS_WARNED,
	  .help = "unbound: wake after the pool's lock is released, or under it" },
	{ OPT_WAKE, "wake", .of = OF_POOL, .type = OPTION_LIST, .words = &words_wake,
	  .value = "LIST", .initial = "all",
	  .help = "unlocked, locked: is the worker woken after the pool's lock is released, or "
	          "under it" },
	{ OPT_HALT_POLL, "halt-poll", .of = PAIRS | TCPS, .type = OPTION_WHOLE, .unit = UNIT_NS,
	  .max = 1e9, .words = &words_halt_poll, .value = "auto|host|NS", .initial = "auto",
	  .key = "halt_poll_ns", .difference = DIFFERS_REFUSED,
	  .help = "how long KVM polls before a halted vCPU sleeps; auto: not at all with fewer "
	          "than 3 CPUs, else as the host has it set" },
	{ OPT_HALT_POLL, "halt-poll", .of = OF_CROWD, .type = OPTION_WHOLE, .unit = UNIT_NS,
	  .max = 1e9, .words = &words_host, .value = "host|NS", .initial = "host",
	  .key = "halt_poll_ns", .difference = DIFFERS_REFUSED,
	  .help = "how long KVM polls before a halted vCPU sleeps" },
	/* The default is a tick at HZ 100: longer than any notification may be kept waiting. */
	{ OPT_SQ_IDLE, "sq-idle", .of = PAIRS | OF_BACKEND | TCPS, .type = OPTION_WHOLE,
	  .unit = UNIT_MSEC,
	  .min = 1, .max = 1000, .value = "MSEC", .key = "sq_idle_ms", .difference = DIFFERS_WARNED,
	  .initial = "10",
	  .help = "sqpoll's kernel thread looks for work so long before it sleeps" },
	{ OPT_DURATION, "duration", .of = OF_RUN | OF_BACKEND, .type = OPTION_REAL,
	  .unit = UNIT_SEC, .min = 0.01, .max = DAY_S, .value = "SEC", .absent = "at Ctrl-C",
	  .key = "asked_s",
	  .help = "end after so long" },
	{ OPT_DURATION, "duration", .of = OF_FIRST, .type = OPTION_REAL, .unit = UNIT_SEC,
	  .min = 0.01, .max = DAY_S, .value = "SEC", .initial = "0.5", .key = "asked_s",
	  .help = "measure for so long" },
	{ OPT_DURATION, "duration", .of = OF_BENCH, .type = OPTION_REAL, .unit = UNIT_SEC,
	  .min = 0.01, .max = DAY_S, .value = "SEC", .initial = "10", .key = "asked_s",
	  .help = "measure for so long" },
	{ OPT_DURATION, "duration", .of = OF_TABLE | OF_CROWD | TCPS, .type = OPTION_REAL,
	  .unit = UNIT_SEC, .min = 0.01, .max = DAY_S, .value = "SEC", .initial = "2",
	  .key = "asked_s", .help = "measure each for so long" },
	{ OPT_DURATION, "duration", .of = OF_LAZY, .type = OPTION_REAL, .unit = UNIT_SEC,
	  .min = 0.01, .max = DAY_S, .value = "SEC", .initial = "0.25", .key = "asked_s",
	  .help = "measure each for so long" },
	{ OPT_WARMUP, "warmup", .of = SHORT, .type = OPTION_REAL, .unit = UNIT_SEC, .max = DAY_S,
	  .value = "SEC", .initial = "0.1", .key = "warmup_s", .help = "let it run in before" },
	{ OPT_WARMUP, "warmup", .of = (PAIRS & ~SHORT) | TCPS, .type = OPTION_REAL,
	  .unit = UNIT_SEC,
	  .max = DAY_S,
	  .value = "SEC", .initial = "0.5", .key = "warmup_s", .help = "let it run in before" },
	{ OPT_WARMUP, "warmup", .of = OF_CROWD, .type = OPTION_REAL, .unit = UNIT_SEC, .max = DAY_S,
	  .value = "SEC", .initial = "0.2", .key = "warmup_s", .help = "let it run in before" },
	{ OPT_RUNS, "runs", .of = OF_LAZY, .type = OPTION_WHOLE, .min = 1, .max = 1000,
	  .value = "N", .absent = "5 to 15, until it can tell", .key = "runs",
	  .help = "fresh pairs per combination" },
	{ OPT_RUNS, "runs", .of = OF_FIRST, .type = OPTION_WHOLE, .min = 1, .max = 1000,
	  .value = "N", .initial = "5", .key = "runs", .help = "fresh pairs per combination" },
	{ OPT_RUNS, "runs", .of = OF_BENCH | OF_TABLE | TCPS, .type = OPTION_WHOLE, .min = 1,
	  .max = 1000,
	  .value = "N", .initial = "1", .key = "runs",
	  .help = "fresh pairs per combination; from 5 on with intervals and verdicts" },
	{ OPT_RUNS, "runs", .of = OF_POOL, .type = OPTION_WHOLE, .min = 1, .max = 1000,
	  .value = "N", .initial = "1", .key = "runs",
	  .help = "so often, interleaved; medians reported" },
	{ OPT_RUNS, "runs", .of = OF_CROWD, .type = OPTION_WHOLE, .min = 1, .max = 1000,
	  .value = "N", .initial = "1", .key = "runs", .help = "rounds of all" },
	{ OPT_WARMUP_RUNS, "warmup-runs", .of = SHORT, .type = OPTION_WHOLE, .max = 1000,
	  .value = "N", .initial = "0",
	  .help = "rounds of all combinations made first and not counted" },
	{ OPT_WARMUP_RUNS, "warmup-runs", .of = OF_BENCH | OF_TABLE | TCPS, .type = OPTION_WHOLE,
	  .max = 1000,
	  .value = "N", .absent = "--runs=1: 0, else 1",
	  .help = "rounds of all combinations made first and not counted" },
	{ OPT_ORDER, "order", .of = BENCHES | OF_POOL | OF_CROWD | TCPS, .type = OPTION_CHOICE,
	  .words = &words_order, .value = "random|abba|sequential", .initial = "random",
	  .help = "of the combinations within each round" },
	{ OPT_SEED, "seed", .of = BENCHES | OF_POOL | OF_CROWD | TCPS, .type = OPTION_WHOLE,
	  .max = SEED_MAX, .value = "N", .absent = "a new one, printed",
	  .help = "repeats a random order" },
	{ OPT_BASELINE, "baseline", .of = BENCHES | TCPS, .type = OPTION_TEXT, .value = "WORDS",
	  .absent = "the first of each scenario",
	  .help = "the combination that the others are compared with, by words of its row" },
	{ OPT_BASELINE, "baseline", .of = OF_POOL, .type = OPTION_LIST, .words = &words_baseline,
	  .value = "LIST", .initial = "all", .help = "condvar, gthreadpool, eventfd; none" },
	{ OPT_SHARD, "shard", .of = OF_BENCH | OF_TABLE, .type = OPTION_TEXT, .value = "I/N",
	  .absent = "the whole matrix",
	  .help = "measure part I of N only, and the baselines it is compared with; tandem merge "
	          "joins the parts" },
	{ OPT_FRAME, "frame", .of = PAIRS, .type = OPTION_WHOLE, .unit = UNIT_BYTES,
	  .min = FRAME_MIN, .max = FRAME_MAX, .value = "BYTES", .absent = "stream: 65536, rr: 64",
	  .key = "frame_bytes", .difference = DIFFERS_REFUSED,
	  .help = "Ethernet frame, {min} to {max}" },
	{ OPT_RING, "ring", .of = PAIRS | TCPS, .type = OPTION_WHOLE, .unit = UNIT_ENTRIES,
	  .min = 1,
	  .max = VIRTQ_SIZE_MAX, .power_of_two = true, .value = "N", .initial = "256",
	  .key = "ring", .difference = DIFFERS_REFUSED,
	  .help = "entries per virtqueue, a power of two up to {max}" },
	{ OPT_WINDOW, "window", .of = PAIRS, .type = OPTION_WHOLE, .unit = UNIT_ENTRIES, .min = 1,
	  .max = VIRTQ_SIZE_MAX, .value = "N", .absent = "stream: all of it", .key = "window",
	  .difference = DIFFERS_REFUSED, .help = "frames in flight, at most the ring" },
	{ OPT_RTO, "rto", .of = PAIRS, .type = OPTION_WHOLE, .unit = UNIT_USEC, .min = 1000,
	  .max = 6e7, .value = "USEC", .initial = "200000", .key = "rto_us",
	  .difference = DIFFERS_WARNED, .help = "retransmission timeout" },
	{ OPT_RATE, "rate", .of = PAIRS & ~OF_FIRST, .type = OPTION_WHOLE, .min = 1,
	  .max = 10000000,
	  .value = "N", .absent = "a closed loop", .key = "load.rate",
	  .difference = DIFFERS_REFUSED,
	  .help = "open loop: N frames (rr: requests) a second are to be sent, whatever became of "
	          "those before; latency from the intended time" },
	{ OPT_ARRIVALS, "arrivals", .of = PAIRS & ~OF_FIRST, .type = OPTION_CHOICE,
	  .words = &words_arrivals, .value = "poisson|uniform|fixed", .initial = "poisson",
	  .key = "load.arrivals",
	  .difference = DIFFERS_REFUSED, .help = "of --rate: how they are spread" },
	{ OPT_BUSY_POLL, "busy-poll", .of = PAIRS | OF_BACKEND | TCPS, .type = OPTION_WHOLE,
	  .unit = UNIT_USEC, .max = 1e6, .words = &words_auto, .value = "auto|USEC",
	  .initial = "0", .key = "busy_poll_us", .difference = DIFFERS_WARNED,
	  .help = "the backend looks at the rings so long before it sleeps; auto: as long as "
	          "recent gaps were, if those were short" },
	{ OPT_BUDGET, "budget", .of = PAIRS | OF_BACKEND | TCPS, .type = OPTION_WHOLE, .min = 1,
	  .max = 65536, .value = "N", .initial = "64", .key = "budget",
	  .difference = DIFFERS_WARNED,
	  .help = "frames per direction and turn of the backend" },
	{ OPT_VHOST_THREAD, "vhost-thread", .of = PAIRS, .type = OPTION_CHOICE,
	  .words = &words_vhost_thread, .value = "auto|task|kthread", .initial = "auto",
	  .key = "vhost_thread", .difference = DIFFERS_WARNED,
	  .help = "of producer vhost-net: its threads are tandem's, or the kernel's own; auto: as "
	          "the kernel does it" },
	{ OPT_LINK, "link", .of = PAIRS, .type = OPTION_CHOICE, .words = &words_link,
	  .value = "bridge|macvtap", .initial = "bridge", .key = "link.kind",
	  .difference = DIFFERS_WARNED,
	  .help = "of producer vhost-net: what joins its two devices; macvtap is refused, with "
	          "the reason" },
	{ OPT_VERIFY, "verify", .of = PAIRS, .type = OPTION_CHOICE, .words = &words_verify,
	  .value = "ends|full", .initial = "ends", .key = "verify", .difference = DIFFERS_REFUSED,
	  .help = "check first and last bytes of each frame, or all" },
	{ OPT_FILTERS, "filters", .of = PAIRS | OF_BACKEND | TCPS, .type = OPTION_CHOICE,
	  .words = &words_on_off, .value = "on|off", .initial = "on", .key = "filters",
	  .difference = DIFFERS_WARNED,
	  .help = "system call filters of the threads; off: to see what they cost" },
	{ OPT_PRODUCERS, "producers", .of = OF_POOL, .type = OPTION_WHOLES, .words = &words_all,
	  .min = 1, .max = 1024, .value = "LIST", .absent = "only the latter",
	  .help = "how many, at most one per CPU; all is 1, 2, 4, ... and the number of CPUs" },
	/* The default is the in-tree module's wq_items. */
	{ OPT_ITEMS, "items", .of = OF_POOL, .type = OPTION_WHOLE, .min = 1, .max = 1e8,
	  .value = "N", .initial = "50000", .help = "items per producer" },
	{ OPT_WORKERS, "workers", .of = OF_POOL, .type = OPTION_WHOLE, .max = 2048, .value = "N",
	  .initial = "0", .absent = "0: one per CPU, and one more",
	  .help = "per pod, and of a baseline" },
	{ OPT_CULL, "cull", .of = OF_POOL, .type = OPTION_WHOLE, .unit = UNIT_MSEC, .max = 10000,
	  .value = "MSEC", .initial = "0", .absent = "0: never",
	  .help = "so often end all workers that are idle, but one per pod, and start others" },
	{ OPT_RATIO, "ratio", .of = OF_CROWD, .type = OPTION_WHOLES, .min = 1, .max = 16,
	  .value = "LIST", .initial = "1,2,3,4",
	  .help = "vCPUs of all guests per CPU, each from {min} to {max}" },
	{ OPT_VCPUS, "vcpus", .of = OF_CROWD, .type = OPTION_WHOLE, .min = 1, .max = CROWD_CPUS_MAX,
	  .value = "N", .absent = "as many as CPUs", .key = "crowd.vcpus_per_guest",
	  .difference = DIFFERS_REFUSED, .help = "vCPUs of each guest, {min} to {max}" },
	{ OPT_SECTION, "section", .of = OF_CROWD, .type = OPTION_REAL, .unit = UNIT_USEC,
	  .max = USEC_MAX, .value = "USEC", .initial = "10", .key = "crowd.section_us",
	  .difference = DIFFERS_REFUSED, .help = "length of the critical section" },
	{ OPT_THINK, "think", .of = OF_CROWD, .type = OPTION_REAL, .unit = UNIT_USEC,
	  .max = USEC_MAX, .value = "USEC", .initial = "20", .key = "crowd.think_us",
	  .difference = DIFFERS_REFUSED, .help = "between two operations of a vCPU, on average" },
	{ OPT_JUMP, "jump", .of = OF_CROWD, .type = OPTION_REAL, .unit = UNIT_USEC, .min = 1,
	  .max = USEC_MAX, .value = "USEC", .initial = "500", .key = "crowd.jump_us",
	  .difference = DIFFERS_WARNED, .help = "a clock that jumps by more says: lost the CPU" },
	{ OPT_HINTS, "hints", .of = OF_CROWD, .type = OPTION_CHOICE, .words = &words_hints,
	  .value = "none|steal|yield", .absent = "steal", .key = "crowd.hints",
	  .difference = DIFFERS_WARNED,
	  .help = "what KVM tells guests and is asked by them, x86: steal time and whether a vCPU "
	          "is preempted; KVM_HC_SCHED_YIELD too" },
	{ OPT_TARGETS, "targets", .of = OF_CROWD, .type = OPTION_CHOICE, .words = &words_targets,
	  .value = "busy|idle", .initial = "busy", .key = "crowd.targets",
	  .difference = DIFFERS_REFUSED,
	  .help = "IPIs: all send to all; or vCPU 0 alone sends, the others halt in between" },
	{ OPT_PLE, "ple", .of = OF_CROWD, .type = OPTION_CHOICE, .words = &words_ple,
	  .value = "host|off", .initial = "host", .key = "crowd.ple", .difference = DIFFERS_WARNED,
	  .help = "x86: exits of PAUSE loops off for these guests" },
	{ OPT_CGROUP, "cgroup", .of = OF_CROWD, .key = "crowd.cgroup_per_guest",
	  .difference = DIFFERS_WARNED,
	  .help = "a control group for each guest; removed on every exit" },
	{ OPT_GUEST, "guest", .of = OF_RUN, .type = OPTION_CHOICE, .words = &words_guest,
	  .value = "bundled|linux", .initial = "bundled",
	  .help = "what the guests are: the program inside tandem, or stock Linux kernels" },
	{ OPT_GUEST, "guest", .of = TCPS, .type = OPTION_CHOICE, .words = &words_guest,
	  .value = "linux", .initial = "linux",
	  .help = "stock Linux kernels; there is no TCP in the bundled guest" },
	{ OPT_GUEST_KERNEL, "guest-kernel", .of = OF_RUN | TCPS, .type = OPTION_FILE,
	  .value = "FILE|NAME", .initial = "newest", .key = "tcp.guest_kernel",
	  .difference = DIFFERS_WARNED,
	  .help = "linux: a bzImage, or a stock kernel by the name that tandem lab --kernels has "
	          "for it" },
	{ OPT_GUEST_INITRD, "guest-initrd", .of = OF_RUN, .type = OPTION_FILE, .value = "FILE",
	  .absent = "tandem itself is process 1",
	  .help = "linux: the initramfs, or initrd" },
	{ OPT_GUEST_APPEND, "guest-append", .of = OF_RUN | TCPS, .type = OPTION_TEXT,
	  .many = true,
	  .value = "TEXT", .help = "linux: more kernel command line; may be repeated" },
	{ OPT_GUEST_MODULES, "guest-modules", .of = OF_RUN | TCPS, .type = OPTION_DIR,
	  .value = "DIR",
	  .absent = "those of a stock kernel",
	  .help = "linux: where virtio_net.ko is, with the modules it needs, for tandem's own "
	          "initramfs" },
	{ OPT_GUEST_MEM, "guest-mem", .of = OF_RUN | TCPS, .type = OPTION_WHOLE, .unit = UNIT_MIB,
	  .min = 1, .max = 3072, .value = "MIB", .initial = "256", .key = "tcp.guest_mem_mib",
	  .difference = DIFFERS_WARNED,
	  .help = "linux: memory of each guest, {min} to {max}" },
	{ OPT_GUEST_VCPUS, "guest-vcpus", .of = OF_RUN | TCPS, .type = OPTION_WHOLE, .min = 1,
	  .max = 8,
	  .value = "N", .initial = "1", .key = "tcp.guest_vcpus",
	  .difference = DIFFERS_REFUSED, .help = "linux: vCPUs of each guest, {min} to {max}" },
	{ OPT_GUEST_TIMEOUT, "guest-timeout", .of = OF_RUN | TCPS, .type = OPTION_REAL,
	  .unit = UNIT_SEC,
	  .min = 0.01, .max = DAY_S, .value = "SEC", .initial = "120",
	  .help = "linux: give up on a guest whose user space has not begun within so long" },
	{ OPT_STREAMS, "streams", .of = TCPS, .type = OPTION_WHOLE, .min = 1, .max = 64,
	  .value = "N", .initial = "1", .key = "tcp.streams", .difference = DIFFERS_REFUSED,
	  .help = "TCP connections from a to b at once, {min} to {max}" },
	{ OPT_SIZE, "size", .of = TCPS, .type = OPTION_WHOLE, .unit = UNIT_BYTES, .min = 1,
	  .max = 1048576, .value = "BYTES", .initial = "65536", .key = "tcp.size_bytes",
	  .difference = DIFFERS_REFUSED,
	  .help = "what guest a writes to a connection at a time" },
	{ OPT_CPUS, "cpus", .of = PAIRS | TCPS, .type = OPTION_PLACES, .value = "ROLE=LIST,...",
	  .key = "placement", .difference = DIFFERS_WARNED,
	  .absent = "backend: the last CPU; guests: the others; notifier: any; sqpoll: backend is "
	            "its kernel thread, what feeds it runs beside it",
	  .help = "place a, b, backend, notifier: --cpus=backend=1,a=0,b=0-3" },
	{ OPT_CPUS, "cpus", .of = OF_BACKEND, .type = OPTION_PLACES, .value = "ROLE=LIST,...",
	  .absent = "any CPU", .help = "place backend, notifier: --cpus=backend=1,notifier=0-3" },
	{ OPT_CPUS, "cpus", .of = OF_POOL, .type = OPTION_CPUS, .value = "LIST",
	  .absent = "all this process may use", .help = "use these CPUs only: --cpus=0-3,8" },
	{ OPT_CPUS, "cpus", .of = OF_CROWD, .type = OPTION_CPUS, .value = "LIST",
	  .absent = "all there are", .help = "the CPUs that all vCPUs share: 0-3,6" },
	{ OPT_NO_NOISE_CHECK, "no-noise-check", .of = BENCHES,
	  .help = "do not listen to the host before measuring" },
	{ OPT_TRACE, "trace", .of = BENCHES, .type = OPTION_MAYBE_FILE, .value = "FILE",
	  .help = "say who kept the slowest notifications waiting, from the kernel's scheduler "
	          "events (needs root, and costs time); into FILE, the events themselves, a "
	          "trace.dat for trace-cmd and KernelShark" },
	{ OPT_DETAILS, "details", .of = BENCHES,
	  .help = "print all tables: where the time went, what was counted, floors, intervals" },
	{ OPT_KERNEL_LINES, "kernel-lines", .of = OF_POOL,
	  .help = "print the pool's rows as the kernel's lib/test_workqueue.c does" },
	{ OPT_SHOW_SCOPES, "show-scopes", .of = OF_POOL,
	  .help = "print which CPUs each scope puts together, and measure nothing" },
	{ OPT_SYSFS, "sysfs", .of = OF_POOL, .type = OPTION_DIR, .value = "DIR", .initial = "",
	  .absent = "/", .help = "read the topology below DIR: a recorded one" },
	{ OPT_ARCH, "arch", .of = OF_LAB, .type = OPTION_CHOICE, .words = &words_arch,
	  .value = "ARCH", .absent = "this machine's; the standard matrix: both",
	  .help = "x86_64 or arm64" },
	{ OPT_KERNELS, "kernels", .of = OF_LAB, .type = OPTION_NAMES, .value = "LIST",
	  .absent = "what --preempt needs",
	  .help = "stock kernels: 6.1, 6.12, 7.2, 7.2-rt, newest, newest-rt, ..., from the "
	          "machine's own Debian archive, cached" },
	{ OPT_KERNEL, "kernel", .of = OF_LAB, .type = OPTION_FILE, .value = "FILE",
	  .help = "your own bzImage or Image" },
	{ OPT_MODULES, "modules", .of = OF_LAB, .type = OPTION_DIR, .value = "DIR",
	  .help = "where its modules are (if KVM or virtio-serial are modules)" },
	{ OPT_BUILD, "build", .of = OF_LAB, .type = OPTION_DIR, .value = "DIR",
	  .help = "build the kernel from this Linux source tree, a tar file of one, or "
	          "Debian's linux-source; it is only read; minutes the first time, then what "
	          "changed" },
	{ OPT_PATCH, "patch", .of = OF_LAB, .type = OPTION_FILE, .many = true, .value = "FILE",
	  .help = "with --build: apply this patch (-p1) to a copy; may be repeated" },
	{ OPT_VERSUS, "versus", .of = OF_LAB,
	  .help = "compare two kernels, KERNEL_A and KERNEL_B behind this option: a stock name, an "
	          "image or a source tree each; with --build and --patch: the tree without the "
	          "patches and with them" },
	{ OPT_BOOTS, "boots", .of = OF_LAB, .type = OPTION_WHOLE, .min = 1, .max = 100,
	  .value = "N", .initial = "5",
	  .help = "with --versus: boots of each kernel in each mode, in turns; a boot counts as "
	          "one value, and verdicts take 5" },
	{ OPT_SMP, "smp", .of = OF_LAB, .type = OPTION_WHOLE, .min = 1, .max = 8, .value = "N",
	  .absent = "2; with --deterministic 1", .help = "CPUs" },
	{ OPT_MEM, "mem", .of = OF_LAB, .type = OPTION_WHOLE, .unit = UNIT_MIB, .min = 1,
	  .max = 1048576, .value = "MIB", .initial = "2048", .help = "memory" },
	{ OPT_DETERMINISTIC, "deterministic", .of = OF_LAB,
	  .help = "count instructions instead of time, so that a run repeats" },
	{ OPT_PARALLEL, "parallel", .of = OF_LAB,
	  .absent = "in turns, up to 0.1 s each where all are busy",
	  .help = "emulate each CPU of x86_64 in a thread of its own, as on arm64; guests on KVM "
	          "get lost then" },
	{ OPT_TIMEOUT, "timeout", .of = OF_LAB, .type = OPTION_WHOLE, .unit = UNIT_SEC, .min = 1,
	  .max = 2147483, .value = "SEC", .initial = "600", .help = "limit of one boot" },
	{ OPT_REFRESH, "refresh", .of = OF_LAB,
	  .help = "look for newer stock kernels than the cached ones" },
	{ OPT_LIST, "list", .of = OF_LAB,
	  .help = "say which kernel would be booted for what, from the cache and the archive's "
	          "index, and stop; no kernel is fetched" },
	{ OPT_TANDEM, "tandem", .of = OF_LAB, .type = OPTION_FILE, .value = "FILE",
	  .help = "the tandem executable to run inside, when not this one" },
	{ OPT_ADD, "add", .of = OF_LAB, .type = OPTION_FILE, .many = true, .value = "HOST[:GUEST]",
	  .help = "take a file along, as GUEST or /bin/NAME; exec can run it; may be repeated" },
	{ OPT_APPEND, "append", .of = OF_LAB, .type = OPTION_TEXT, .many = true, .value = "TEXT",
	  .help = "more kernel command line; may be repeated" },
	{ OPT_SHELL, "shell", .of = OF_LAB,
	  .help = "a shell inside, in place of a subcommand; exit or Ctrl-] ends it (needs "
	          "busybox-static)" },
	{ OPT_CONSOLE, "console", .of = OF_RUN, .type = OPTION_FILE, .value = "FILE",
	  .absent = "nowhere; guest a's is always on stdout",
	  .help = "linux: where to write what guest b prints" },
	{ OPT_CONSOLE, "console", .of = OF_LAB, .type = OPTION_FILE, .value = "FILE",
	  .help = "keep what the kernel printed" },
	{ OPT_FAIL_IF, "fail-if", .of = OF_LAB, .type = OPTION_TEXT, .many = true,
	  .value = "'[WORDS.]METRIC <|<=|>|>= NUMBER[UNIT]'",
	  .help = "with --versus: exit 1 if this is true of the second kernel, as in tandem "
	          "compare; may be repeated" },
	{ OPT_FAIL_IF, "fail-if", .of = OF_COMPARE, .type = OPTION_TEXT, .many = true,
	  .value = "'[WORDS.]METRIC <|<=|>|>= NUMBER[UNIT]'",
	  .help = "exit 1 if this is true of a cell that has the words: with x, of the ratio new / "
	          "old ('deferred.notify_p99 > 1.2x'), where no difference was found counting as "
	          "1; else of the new value, in ns, us, ms, s, Gb/s, Mb/s or /s, of counts that of "
	          "the worst run; exit 2 if a figure is missing, or a ratio has too few runs for a "
	          "verdict; may be repeated" },
	{ OPT_METRIC, "metric", .of = OF_LAB, .type = OPTION_NAMES, .value = "LIST",
	  .absent = "as tandem compare", .help = "with --versus: what is shown; all" },
	{ OPT_METRIC, "metric", .of = OF_COMPARE, .type = OPTION_NAMES, .value = "LIST",
	  .absent = "gbps, round_trips_per_s, notify_p50_us, notify_p99_us, frame_p50_us, "
	            "latency_p99_us",
	  .help = "what is shown; all" },
	{ OPT_OLD, "old", .of = OF_COMPARE, .type = OPTION_TEXT, .value = "WORDS",
	  .help = "only these cells of the old file, to compare two parts of one: tandem compare "
	          "out.json out.json --old=full --new=lazy" },
	{ OPT_NEW, "new", .of = OF_COMPARE, .type = OPTION_TEXT, .value = "WORDS",
	  .help = "only these cells of the new file" },
	{ OPT_FORCE, "force", .of = OF_COMPARE,
	  .help = "compare although conditions differ that forbid it" },
	{ OPT_FORCE, "force", .of = OF_MERGE, .help = "join although the hosts are not alike" },
	{ OPT_CONFINEMENT, "confinement", .of = OF_DOCTOR,
	  .help = "run a pair and print what each of its threads may still do, as the kernel says: "
	          "capabilities, no_new_privs, system call filters, limits" },
	{ OPT_PROBE, "probe", .of = OF_DOCTOR,
	  .help = "try for a second how long a woken thread waits for a producer that stays in the "
	          "kernel, and say whether that agrees with the preemption mode the host "
	          "declares" },
	{ OPT_RESTORE_PREEMPT, "restore-preempt", .of = OF_DOCTOR,
	  .help = "put back the preemption mode and base slice that a killed tandem left changed" },
	{ OPT_OUTPUT, "output", 'o', .of = OF_REPORT, .type = OPTION_FILE, .value = "FILE",
	  .absent = "standard output", .help = "write there, whole or not at all" },
	{ OPT_FORMAT, "format", .of = BENCHES, .type = OPTION_CHOICE, .words = &words_formats,
	  .value = "FORMAT", .initial = "text",
	  .help = "of what is printed: text, markdown, csv, json" },
	{ OPT_FORMAT, "format", .of = OF_COMPARE, .type = OPTION_CHOICE, .words = &words_formats,
	  .value = "FORMAT", .initial = "text", .help = "text, markdown, csv, json" },
	{ OPT_FORMAT, "format", .of = OF_REPORT, .type = OPTION_CHOICE,
	  .words = &words_report_formats, .value = "FORMAT",
	  .absent = "by the ending of -o: .html .htm .txt .md .csv .json; without it html",
	  .help = "html (one page that needs no network), text (for a mail), markdown (for a "
	          "forge's comment), csv (a line per cell), json (the results as they were read)" },
	{ OPT_JSON, "json", .of = BENCHES | OF_POOL | OF_CROWD | TCPS | OF_BACKEND,
	  .type = OPTION_FILE,
	  .value = "FILE", .help = "write the results there; - for stdout" },
	{ OPT_JSON, "json", .of = OF_MERGE, .type = OPTION_FILE, .value = "FILE", .initial = "-",
	  .absent = "standard output", .help = "write the joined results there" },
	{ OPT_JSON, "json", .of = OF_DOCTOR, .help = "print all checks as JSON" },
	{ OPT_JSON, "json", .of = OF_LAB, .type = OPTION_FILE, .value = "FILE",
	  .help = "join the results of all boots there; also as the subcommand's option" },
	{ OPT_DELAY, "delay", .of = PAIRS, .type = OPTION_WHOLE, .unit = UNIT_USEC, .max = 999999,
	  .value = "USEC", .initial = "0", .key = "delay_us", .difference = DIFFERS_WARNED },
	{ OPT_MISBEHAVE, "misbehave", .of = PAIRS, .type = OPTION_CHOICE, .words = &words_misbehave,
	  .value = "HOW" },
	{ OPT_MISBEHAVE, "misbehave", .of = OF_CROWD, .type = OPTION_CHOICE, .words = &words_fault,
	  .value = "HOW" },
	{ OPT_SOCKET_A, "socket-a", .of = OF_BACKEND, .type = OPTION_FILE, .value = "PATH",
	  .help = "where front end a and tandem meet: a UNIX socket" },
	{ OPT_SOCKET_B, "socket-b", .of = OF_BACKEND, .type = OPTION_FILE, .value = "PATH",
	  .help = "the same for front end b" },
	{ OPT_QUEUE_PAIRS, "queue-pairs", .of = OF_BACKEND, .type = OPTION_WHOLE, .min = 1,
	  .max = 8, .value = "N", .initial = "1", .key = "queue_pairs",
	  .difference = DIFFERS_WARNED,
	  .help = "pairs of queues that a front end may have (QEMU and DPDK: queues=N)" },
	{ OPT_CLIENT, "client", .of = OF_BACKEND,
	  .help = "connect to front ends that listen, and keep trying; else tandem listens" },
	{ OPT_FEATURES, "features", .of = PAIRS, .type = OPTION_TEXT, .value = "+|-NAME,...",
	  .initial = "default", .key = "features", .difference = DIFFERS_WARNED,
	  .help = "virtio features that the guests negotiate or not, as the specification names "
		  "them: +packed,-event_idx" },
	{ OPT_FEATURES, "features", .of = OF_BACKEND, .type = OPTION_TEXT, .value = "+|-NAME,...",
	  .absent = "all that tandem can do",
	  .help = "virtio features to offer or not, as the specification names them: "
	          "-mrg_rxbuf,-event_idx" },
	{ OPT_HELP, "help", 'h', .of = OF_ALL, .help = "print this" },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct option_row *option_at(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

const struct option_row *option_row(enum option_id id, unsigned commands)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].id == id && rows[i].of & commands)
			return &rows[i];
	return NULL;
}

unsigned option_commands(enum option_id id)
{
	unsigned of = 0;

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].id == id)
			of |= rows[i].of;
	return of;
}

bool option_accumulates(const struct option_row *row)
{
	return row->many || row->type == OPTION_LIST || row->type == OPTION_WHOLES ||
	       row->type == OPTION_NAMES || row->type == OPTION_CPUS || row->type == OPTION_PLACES;
}

const struct option_row *option_by_key(const char *key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].key && strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

const char *option_key(enum option_id id)
{
	const char *key = option_row(id, OF_ALL)->key;

	return strchr(key, '.') ? strchr(key, '.') + 1 : key;
}
