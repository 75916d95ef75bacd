// SPDX-License-Identifier: BSD-2-Clause
// The command line of `tandem lab`.
#include "lab/opts.h"

#include <string.h>

#include "bench/options/help.h"
#include "bench/options/scan.h"
#include "bench/options/set.h"
#include "lib/log.h"

#define SMP_DEFAULT 2

void lab_usage(FILE *f)
{
	fputs("Usage: tandem lab [OPTION...] [--] [SUBCOMMAND [ARG...]]\n"
	      "       tandem lab [OPTION...] [--] exec PATH [ARG...]      PATH inside, see --add\n"
	      "       tandem lab [OPTION...] [--] tests PROGRAM...        programs of this "
	      "machine\n"
	      "       tandem lab [OPTION...] --shell\n"
	      "       tandem lab [OPTION...] --versus KERNEL_A KERNEL_B [OPTION...] -- bench ...\n"
	      "\n"
	      "Runs a tandem subcommand inside a stock kernel booted by QEMU's software "
	      "emulation, with\n"
	      "KVM: its output, result file and exit status come back as if it had run here.\n"
	      "\n"
	      "Options:\n",
	      f);
	option_help(f, OF_LAB);
	fputs("\n--json=FILE, --preempt=LIST and --trace=FILE of the subcommand are done by the "
	      "lab. Without a subcommand:\n"
	      "bench; without kernels and modes too: on the standard matrix of kernels and modes.\n"
	      "Exit status: that of the subcommand; 1 a boot was lost; 2 usage; 77 cannot run "
	      "here;\n"
	      "of --versus: 1 a --fail-if is true, or a kernel had no result; 2 one cannot be "
	      "judged.\n",
	      f);
}

static int bad(const char *what, const char *value)
{
	log_error("lab: %s '%s'; see tandem lab --help", what, value);
	return 2;
}

/* ---- the command line, word by word ---- */

/* The lab's own options from argv[*first] on; then *first: the first other word. */
static int read_own(struct lab_opts *o, int argc, char **argv, int *first)
{
	struct scan s = scan_start(OF_LAB, argc, argv, *first);
	enum scan_kind kind;

	while ((kind = scan_next(&s)) == SCAN_OPTION)
		if (option_set_add(&o->set, s.row, s.text))
			return 2;
	*first = kind == SCAN_ARGUMENT ? s.word : argc;
	if (kind == SCAN_ARGUMENT || kind == SCAN_END)
		return 0;
	scan_complain(&s, kind, o->set.command);
	return 2;
}

/* --versus without sources of its own: two words, then options go on. */
static int read_sides(struct lab_opts *o, int argc, char **argv, int *first)
{
	int at = *first;

	if (at + 1 >= argc || !strcmp(argv[at - 1], "--") || argv[at + 1][0] == '-')
		return bad("give two kernels behind", "--versus");
	o->side[0] = argv[at];
	o->side[1] = argv[at + 1];
	*first = at + 2;
	return read_own(o, argc, argv, first);
}

static int keep_words(struct lab_opts *o, char **argv, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (o->n_cmd == LAB_WORDS_MAX - 2)
			return bad("too many arguments for the subcommand at", argv[i]);
		o->cmd[o->n_cmd++] = argv[i];
	}
	return 0;
}

/* What the lab does itself, for all boots together. */
static bool is_the_labs(enum scan_kind kind, const struct option_row *row)
{
	return kind == SCAN_OPTION && (row->id == OPT_JSON || row->id == OPT_PREEMPT);
}

/* A file inside is of no use: it comes back, and has its name here. */
static bool is_traced(enum scan_kind kind, const struct scan *s)
{
	return kind == SCAN_OPTION && s->row->id == OPT_TRACE && s->text;
}

static int take_trace(struct lab_opts *o, const char *path)
{
	if (o->trace)
		return bad("--trace is given twice:", path);
	o->trace = path;
	return 0;
}

static bool is_wrong(enum scan_kind kind)
{
	return kind != SCAN_ARGUMENT && kind != SCAN_OPTION;
}

static int add_own(struct lab_opts *o, enum option_id id, const char *text)
{
	return option_set_add(&o->set, option_row(id, OF_LAB), text) ? 2 : 0;
}

/*
 * Takes the command apart: what the lab must do for it, and what goes inside. A wrong name is
 * refused before anything is booted; but another tandem may have other names.
 */
static int read_command(struct lab_opts *o, int argc, char **argv, int first)
{
	int skip, at = first;
	unsigned of = option_command_find(argc - first, argv + first, &skip);
	struct scan s = scan_start(of, argc, argv, first);
	enum scan_kind kind;
	int err = 0;

	while (!err && (kind = scan_next(&s)) != SCAN_END) {
		if (is_the_labs(kind, s.row))
			err = add_own(o, s.row->id, s.text);
		else if (is_traced(kind, &s))
			err = take_trace(o, s.text);
		else if (is_wrong(kind) && of && !option_given(&o->set, OPT_TANDEM))
			err = scan_complain(&s, kind, option_command(of)) ? 2 : 0;
		else
			err = keep_words(o, argv, at, s.at);
		at = s.at;
	}
	return err;
}

static int read_words(struct lab_opts *o, int argc, char **argv)
{
	int first = 1, words, err = read_own(o, argc, argv, &first);

	if (!err && option_given(&o->set, OPT_VERSUS) && !option_given(&o->set, OPT_BUILD) &&
	    !option_given(&o->set, OPT_HELP))
		err = read_sides(o, argc, argv, &first);
	words = argc - first;
	if (err || option_given(&o->set, OPT_HELP))
		return err;
	o->many = words > 0 && !strcmp(argv[first], "tests");
	o->exec = o->many || (words > 0 && !strcmp(argv[first], "exec"));
	if (o->exec && words < 2)
		return bad("no program after", argv[first]);
	return o->exec ? keep_words(o, argv, first + 1, argc) : read_command(o, argc, argv, first);
}

/* ---- what the options mean ---- */

/* All values of an option, one behind the other; NULL: it was not given. */
static int join(const struct option_set *set, enum option_id id, const char *between, char *text,
		size_t size, const char **out)
{
	const char *value;
	unsigned i = 0;
	size_t n = 0;

	*out = option_given(set, id) ? text : NULL;
	*text = '\0';
	while ((value = option_each(set, id, &i)) != NULL) {
		n += (size_t)snprintf(text + n, size - n, "%s%s", n ? between : "", value);
		if (n >= size)
			return bad("too long:", value);
	}
	return 0;
}

static void join_modes(struct lab_opts *o)
{
	const char *mode[OPTION_WORDS_MAX];
	unsigned n = option_words(&o->set, OPT_PREEMPT, mode);

	for (unsigned i = 0; i < n; i++) {
		strcat(o->preempt_text, i ? "," : "");
		strcat(o->preempt_text, mode[i]);
	}
	o->preempt = n ? o->preempt_text : NULL;
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

static int add_files(struct lab_opts *o)
{
	const char *arg;
	unsigned i = 0;
	int err = 0;

	while (!err && (arg = option_each(&o->set, OPT_ADD, &i)) != NULL)
		err = add_file(o, arg);
	return err;
}

static int add_patches(struct lab_opts *o)
{
	const char *file;
	unsigned i = 0;

	while ((file = option_each(&o->set, OPT_PATCH, &i)) != NULL) {
		if (o->patches.n == LAB_PATCHES_MAX)
			return bad("too many --patch: no room for", file);
		o->patches.file[o->patches.n++] = file;
	}
	return 0;
}

static void read_machine(struct lab_opts *o)
{
	const struct option_set *set = &o->set;

	o->arch_given = option_given(set, OPT_ARCH);
	o->arch = o->arch_given ? lab_arch_find(option_text(set, OPT_ARCH)) : lab_arch_native();
	o->deterministic = option_given(set, OPT_DETERMINISTIC);
	o->parallel = option_given(set, OPT_PARALLEL);
	o->smp = o->deterministic ? 1 : SMP_DEFAULT;
	if (option_given(set, OPT_SMP))
		o->smp = option_whole(set, OPT_SMP);
	o->mem_mib = option_whole(set, OPT_MEM);
	o->timeout_s = option_whole(set, OPT_TIMEOUT);
}

static int read_rest(struct lab_opts *o)
{
	const struct option_set *set = &o->set;
	int err;

	o->kernel = option_text(set, OPT_KERNEL);
	o->modules = option_text(set, OPT_MODULES);
	o->build = option_text(set, OPT_BUILD);
	o->versus = option_given(set, OPT_VERSUS);
	o->boots = option_whole(set, OPT_BOOTS);
	o->tandem = option_text(set, OPT_TANDEM);
	o->console = option_text(set, OPT_CONSOLE);
	o->json = option_text(set, OPT_JSON);
	o->refresh = option_given(set, OPT_REFRESH);
	o->list = option_given(set, OPT_LIST);
	o->shell = option_given(set, OPT_SHELL);
	err = join(set, OPT_KERNELS, ",", o->kernels_text, LAB_LIST_MAX, &o->kernels);
	if (!err)
		err = join(set, OPT_APPEND, " ", o->append_text, LAB_APPEND_MAX, &o->append);
	join_modes(o);
	if (!err)
		err = add_patches(o);
	return err ? err : add_files(o);
}

/* What the boots of these say together is worth a table. */
static bool is_dosed(const struct lab_opts *o)
{
	return !o->exec && o->n_cmd > 1 && !strcmp(o->cmd[0], "bench") &&
	       (!strcmp(o->cmd[1], "lazy") || !strcmp(o->cmd[1], "table"));
}

/* Without a subcommand. */
static void default_command(struct lab_opts *o)
{
	if (o->n_cmd || o->shell)
		return;
	o->matrix = !o->kernel && !o->kernels && !o->build && !o->versus && !o->preempt;
	o->cmd[o->n_cmd++] = (char *)"bench";
	if (o->versus)
		o->cmd[o->n_cmd++] = (char *)"lazy";
}

static int check_versus(const struct lab_opts *o)
{
	static const enum option_id only[] = { OPT_BOOTS, OPT_FAIL_IF, OPT_METRIC };

	if (!o->versus) {
		for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
			if (option_given(&o->set, only[i]))
				return bad("it takes --versus to use the option",
					   option_row(only[i], OF_LAB)->name);
		return 0;
	}
	if (o->exec)
		return bad("--versus compares what a bench measures, not", o->cmd[0]);
	if (o->side[0] && o->build)
		return bad("give --versus either two kernels or --build, not both:", o->build);
	if (o->kernel || o->kernels)
		return bad("--versus has its kernels behind it, not as",
			   o->kernel ? "--kernel" : "--kernels");
	if (o->build && !o->patches.n)
		return bad("--versus with --build compares without and with --patch:", o->build);
	return 0;
}

static int check_shell(const struct lab_opts *o)
{
	if (!o->shell)
		return 0;
	if (o->n_cmd)
		return bad("--shell takes no subcommand; type there", o->cmd[0]);
	if (o->versus)
		return bad("--shell does not go with", "--versus");
	return o->json ? bad("a --shell has no results for", o->json) : 0;
}

static int check(const struct lab_opts *o)
{
	int err = check_shell(o);

	if (!err)
		err = check_versus(o);
	if (err)
		return err;
	if (!o->arch)
		return bad("--arch is needed on a machine that is neither", "x86_64 nor arm64");
	if (o->kernel && o->kernels)
		return bad("give either --kernel or --kernels, not both:", o->kernels);
	if (o->build && (o->kernel || o->kernels))
		return bad("give --build or a kernel, not both:",
			   o->kernel ? o->kernel : o->kernels);
	if (o->patches.n && !o->build)
		return bad("--patch goes with --build:", o->patches.file[0]);
	if (o->trace && (o->versus || o->matrix || (o->kernels && strchr(o->kernels, ','))))
		return bad("--trace=FILE takes one kernel; give it alone, not to several:",
			   o->trace);
	if (o->parallel && o->deterministic)
		return bad("--parallel does not go with", "--deterministic");
	if (o->modules && !o->kernel)
		return bad("--modules goes with --kernel, not with stock kernels:", o->modules);
	return 0;
}

int lab_opts_parse(struct lab_opts *o, int argc, char **argv)
{
	int err;

	memset(o, 0, sizeof(*o));
	o->set.command = option_command(OF_LAB);
	err = read_words(o, argc, argv);
	if (!err && option_set_check(&o->set))
		err = 2;
	if (err)
		return err;
	if (option_given(&o->set, OPT_HELP)) {
		lab_usage(stdout);
		return -1;
	}
	read_machine(o);
	err = read_rest(o);
	if (err)
		return err;
	default_command(o);
	o->results = o->json || o->versus || is_dosed(o);
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
