// SPDX-License-Identifier: BSD-2-Clause
// The command line of `tandem lab`.
#include "lab/opts.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define SMP_DEFAULT 2
#define SMP_MAX 8
#define MEM_DEFAULT_MIB 2048
#define MEM_MAX_MIB 1048576
#define TIMEOUT_DEFAULT_S 600

enum {
	OPT_ARCH = 256,
	OPT_KERNEL,
	OPT_MODULES,
	OPT_KERNELS,
	OPT_PREEMPT,
	OPT_SMP,
	OPT_MEM,
	OPT_DETERMINISTIC,
	OPT_PARALLEL,
	OPT_TIMEOUT,
	OPT_TANDEM,
	OPT_ADD,
	OPT_APPEND,
	OPT_CONSOLE,
	OPT_REFRESH,
	OPT_LIST,
	OPT_JSON,
};

static const struct option options[] = {
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "modules", required_argument, NULL, OPT_MODULES },
	{ "kernels", required_argument, NULL, OPT_KERNELS },
	{ "preempt", required_argument, NULL, OPT_PREEMPT },
	{ "smp", required_argument, NULL, OPT_SMP },
	{ "mem", required_argument, NULL, OPT_MEM },
	{ "deterministic", no_argument, NULL, OPT_DETERMINISTIC },
	{ "parallel", no_argument, NULL, OPT_PARALLEL },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "tandem", required_argument, NULL, OPT_TANDEM },
	{ "add", required_argument, NULL, OPT_ADD },
	{ "append", required_argument, NULL, OPT_APPEND },
	{ "console", required_argument, NULL, OPT_CONSOLE },
	{ "refresh", no_argument, NULL, OPT_REFRESH },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char usage_text[] =
	"usage: tandem lab [OPTION...] [--] [SUBCOMMAND [ARG...]]\n"
	"       tandem lab [OPTION...] [--] exec PATH [ARG...]      PATH inside, see --add\n"
	"       tandem lab [OPTION...] [--] tests PROGRAM...        programs of this machine\n"
	"\n"
	"Runs a tandem subcommand inside a stock kernel booted by QEMU's software emulation, with\n"
	"KVM: its output, result file and exit status come back as if it had run here.\n"
	"\n"
	"  --arch=ARCH        x86_64 or arm64 (default: this machine's; the standard matrix: both)\n"
	"  --kernels=LIST     stock kernels: 6.1, 6.12, 7.2, 7.2-rt, newest, newest-rt, ..., from the\n"
	"                     machine's own Debian archive, cached (default: what --preempt needs)\n"
	"  --kernel=PATH      your own bzImage or Image\n"
	"  --modules=DIR      where its modules are (if KVM or virtio-serial are modules)\n"
	"  --preempt=LIST     boot once in each: none, voluntary, full, lazy, rt (default: as built)\n"
	"  --smp=N            CPUs (default: 2; with --deterministic 1)\n"
	"  --mem=MIB          memory (default: 2048)\n"
	"  --deterministic    count instructions instead of time, so that a run repeats\n"
	"  --parallel         emulate each CPU of x86_64 in a thread of its own, as on arm64; guests on KVM\n"
	"                     get lost then (default: in turns, up to 0.1 s each where all are busy)\n"
	"  --timeout=SEC      limit of one boot (default: 600)\n"
	"  --refresh          look for newer stock kernels than the cached ones\n"
	"  --list             say which kernel would be booted for what, from the cache and the\n"
	"                     archive's index, and stop; no kernel is fetched\n"
	"  --tandem=PATH      the tandem executable to run inside, when not this one\n"
	"  --add=HOST[:GUEST] take a file along, as GUEST or /bin/NAME; exec can run it\n"
	"  --append=TEXT      more kernel command line\n"
	"  --console=PATH     keep what the kernel printed\n"
	"\n"
	"--json=PATH and --preempt=LIST of the subcommand are done by the lab. Without a subcommand:\n"
	"bench; without kernels and modes too: on the standard matrix of kernels and modes.\n"
	"Exit status: that of the subcommand; 1 a boot was lost; 2 usage; 77 cannot run here.\n";

void lab_usage(FILE *f)
{
	fputs(usage_text, f);
}

static int bad(const char *what, const char *value)
{
	log_error("lab: %s '%s'; see tandem lab --help", what, value);
	return 2;
}

static int number(const char *name, const char *text, unsigned int max, unsigned int *value)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || v < 1 || v > max) {
		log_error("lab: %s=%s: not a number from 1 to %u", name, text, max);
		return 2;
	}
	*value = (unsigned int)v;
	return 0;
}

static int add_file(struct lab_opts *o, const char *arg)
{
	const char *colon = strrchr(arg, ':');
	struct lab_add *a = &o->add[o->n_add];

	if (o->n_add == LAB_ADDS_MAX)
		return bad("too many --add: no room for", arg);
	a->host = arg;
	a->guest = colon ? colon + 1 : NULL;
	a->host_len = (int)(colon ? (size_t)(colon - arg) : strlen(arg));
	if (a->guest && *a->guest != '/')
		return bad("--add: the path inside must begin with /:", arg);
	o->n_add++;
	return 0;
}

/* Each mode must be one of ours; the lab says later which kernel has it. */
static int check_modes(const char *list)
{
	static const char *const modes[] = { "current", "none", "voluntary", "full", "lazy", "rt" };
	const char *p = list;

	do {
		size_t n = strcspn(p, ","), i, found = 0;

		for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
			found |= strlen(modes[i]) == n && !strncmp(p, modes[i], n);
		if (!found)
			return bad("--preempt: no such mode in", list);
		p += n;
	} while (*p++ == ',');
	return 0;
}

/* A name that is missing is a variable of a script that was empty: nothing would be booted for it. */
static int set_kernels(struct lab_opts *o, const char *list)
{
	size_t n = strlen(list);

	o->kernels = list;
	if (!n || *list == ',' || list[n - 1] == ',' || strstr(list, ",,"))
		return bad("--kernels: a name is missing in", list);
	return 0;
}

static int set_preempt(struct lab_opts *o, const char *list)
{
	o->preempt = list;
	return check_modes(list);
}

static int set_arch(struct lab_opts *o, const char *name)
{
	o->arch = lab_arch_find(name);
	o->arch_given = true;
	return o->arch ? 0 : bad("--arch: neither x86_64 nor arm64:", name);
}

/* Of a word of short ones getopt() tells the letter, of a long one that it does not know nothing. */
static int bad_option(const char *last)
{
	char letter[] = { '-', (char)optopt, '\0' };

	if (!optopt)
		return bad("no such option, or short for more than one:", last);
	if (optopt > 0 && optopt < 256 && optopt != 'h')
		return bad("no such option:", letter);
	return bad("it takes no value:", last);
}

static int one(struct lab_opts *o, int opt, const char *arg, char **argv)
{
	switch (opt) {
	case OPT_ARCH:
		return set_arch(o, arg);
	case OPT_KERNEL:
		o->kernel = arg;
		return 0;
	case OPT_MODULES:
		o->modules = arg;
		return 0;
	case OPT_KERNELS:
		return set_kernels(o, arg);
	case OPT_PREEMPT:
		return set_preempt(o, arg);
	case OPT_SMP:
		return number("--smp", arg, SMP_MAX, &o->smp);
	case OPT_MEM:
		return number("--mem", arg, MEM_MAX_MIB, &o->mem_mib);
	case OPT_DETERMINISTIC:
		o->deterministic = true;
		return 0;
	case OPT_PARALLEL:
		o->parallel = true;
		return 0;
	case OPT_TIMEOUT:
		return number("--timeout", arg, INT_MAX / 1000, &o->timeout_s);
	case OPT_TANDEM:
		o->tandem = arg;
		return 0;
	case OPT_ADD:
		return add_file(o, arg);
	case OPT_APPEND:
		o->append = arg;
		return 0;
	case OPT_CONSOLE:
		o->console = arg;
		return 0;
	case OPT_REFRESH:
		o->refresh = true;
		return 0;
	case OPT_LIST:
		o->list = true;
		return 0;
	case OPT_JSON: /* of the subcommand, but easily put here */
		o->json = arg;
		return 0;
	case 'h':
		lab_usage(stdout);
		return -1;
	case ':':
		return bad("a value is missing after", argv[optind - 1]);
	default:
		return bad_option(argv[optind - 1]);
	}
}

/* The value of --NAME=VALUE or --NAME VALUE at *i, which then moves on; NULL if it is not that. */
static const char *value_of(const char *name, char **argv, int argc, int *i)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n))
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (!argv[*i][n] && *i + 1 < argc)
		return argv[++*i];
	return NULL;
}

/* Takes the command apart: what the lab must do for it, and what goes inside. */
static int command(struct lab_opts *o, int argc, char **argv)
{
	const char *value;
	int i, err = 0;

	o->many = argc && !strcmp(argv[0], "tests");
	o->exec = o->many || (argc && !strcmp(argv[0], "exec"));
	if (o->exec && argc < 2)
		return bad("no program after", argv[0]);
	for (i = o->exec ? 1 : 0; i < argc && !err; i++) {
		if (o->n_cmd == sizeof(o->cmd) / sizeof(o->cmd[0]) - 2)
			return bad("too many arguments for the subcommand at", argv[i]);
		if (!o->exec && (value = value_of("--json", argv, argc, &i)))
			o->json = value;
		else if (!o->exec && (value = value_of("--preempt", argv, argc, &i)))
			err = set_preempt(o, value);
		else
			o->cmd[o->n_cmd++] = argv[i];
	}
	return err;
}

static void defaults(struct lab_opts *o)
{
	if (!o->smp)
		o->smp = o->deterministic ? 1 : SMP_DEFAULT;
	if (!o->mem_mib)
		o->mem_mib = MEM_DEFAULT_MIB;
	if (!o->timeout_s)
		o->timeout_s = TIMEOUT_DEFAULT_S;
	if (o->n_cmd)
		return;
	o->matrix = !o->kernel && !o->kernels && !o->preempt;
	o->cmd[o->n_cmd++] = (char *)"bench";
	o->cmd[o->n_cmd++] = (char *)"--duration=3";
}

static int check(const struct lab_opts *o)
{
	if (!o->arch)
		return bad("--arch is needed on a machine that is neither", "x86_64 nor arm64");
	if (o->kernel && o->kernels)
		return bad("give either --kernel or --kernels, not both:", o->kernels);
	if (o->parallel && o->deterministic)
		return bad("--parallel does not go with", "--deterministic");
	if (o->modules && !o->kernel)
		return bad("--modules goes with --kernel, not with stock kernels:", o->modules);
	return 0;
}

int lab_opts_parse(struct lab_opts *o, int argc, char **argv)
{
	int opt, err = 0;

	memset(o, 0, sizeof(*o));
	o->arch = lab_arch_native();
	optind = 0; /* main may have used getopt before */
	while (!err && (opt = getopt_long(argc, argv, "+:h", options, NULL)) != -1)
		err = one(o, opt, optarg, argv);
	if (!err)
		err = command(o, argc - optind, argv + optind);
	if (err)
		return err;
	defaults(o);
	return check(o);
}

bool lab_opts_parallel(const struct lab_opts *o)
{
	return o->smp > 1 && !o->deterministic && (o->parallel || !o->arch->parallel_races);
}

bool lab_opts_turns(const struct lab_opts *o)
{
	return o->smp > 1 && !o->deterministic && !lab_opts_parallel(o);
}

/* Where instructions are counted, chance from outside is not let in. */
bool lab_opts_nudges(const struct lab_opts *o)
{
	return o->arch->loses_interrupts && !o->deterministic;
}

bool lab_opts_races(const struct lab_opts *o)
{
	return lab_opts_parallel(o) && o->arch->parallel_races;
}
