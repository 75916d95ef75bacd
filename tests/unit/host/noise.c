// SPDX-License-Identifier: BSD-2-Clause
// The noise gate: what it reads, how it judges, and that it hears a disturbance.
#include <jansson.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/host/noise.h"
#include "bench/host/noise_sysfs.h"
#include "bench/result/results.h"
#include "lib/clock.h"
#include "tests/common/suite.h"
#include "tests/common/tree.h"

static const char stat_start[] = "cpu  100 5 50 1000 20 3 2 7 9 0\ncpu0 1 2 3\n";
static const char stat_end[] = "cpu  160 5 60 1020 20 3 2 17 9 0\n";

static void times_are_read_and_subtracted(void **state)
{
	struct noise_times a = noise_times_parse(stat_start), b = noise_times_parse(stat_end);
	struct noise n = { .seconds = 0.5 };

	(void)state;
	assert_true(a.known && b.known);
	assert_int_equal(a.busy, 160);
	assert_int_equal(a.stolen, 7);
	assert_int_equal(a.total, 1187);
	noise_set_times(&n, &a, &b, 0.5, 100);
	/* 100 ticks in all, 10 stolen; 0.7 s busy, 0.5 of them ours, in 0.5 s. */
	assert_true(fabs(n.steal_percent - 10) < 1e-9);
	assert_true(fabs(n.others - 0.4) < 1e-9);
	/* Our own time is finer than ticks: never below 0. */
	noise_set_times(&n, &a, &b, 5, 100);
	assert_true(n.others == 0);
}

static void what_is_unknown_is_no_reason(void **state)
{
	struct noise_times none = noise_times_parse("intr 1 2 3\n");
	struct noise n = { .seconds = 0.5, .gap_p99_us = 10, .gap_max_us = 20 };

	(void)state;
	assert_false(none.known);
	noise_set_times(&n, &none, &none, 0.1, 100);
	assert_true(isnan(n.steal_percent) && isnan(n.others));
	noise_judge(&n);
	assert_false(n.noisy);
	assert_int_equal(n.warnings, 0);
}

struct verdict {
	const char *name;
	struct noise n;
	bool noisy;
	unsigned warnings;
	const char *says;
};

#define QUIET .seconds = 0.4, .gap_p99_us = 20, .gap_max_us = 90

static const struct verdict verdicts[] = {
	{ "a quiet host", { QUIET }, false, 0, "" },
	{ "steal", { QUIET, .steal_percent = 3.14 }, true, 1, "hypervisor below took 3.1 %" },
	{ "a little steal", { QUIET, .steal_percent = 0.5 }, false, 0, "" },
	{ "others", { QUIET, .others = 1.2 }, true, 1, "others keep 1.2 CPUs busy" },
	{ "others, in too short a test to tell",
	  { .seconds = 0.05, .gap_p99_us = 20, .gap_max_us = 90, .others = 0.4 },
	  false,
	  0,
	  "" },
	{ "many gaps",
	  { .gap_p99_us = 300, .gap_max_us = 400 },
	  true,
	  1,
	  "up to 400 us (p99 300 us)" },
	{ "one long gap", { .gap_p99_us = 30, .gap_max_us = 4000 }, true, 1, "up to 4000 us" },
	{ "a slow governor", { QUIET, .governor = "powersave" }, false, 1, "governor powersave" },
	{ "a good governor", { QUIET, .governor = "performance" }, false, 0, "" },
	{ "siblings", { QUIET, .siblings = "0,1" }, false, 1, "CPUs 0,1 are threads of one core" },
};

static void judges(void **state)
{
	const struct verdict *v = *state;
	struct noise n = v->n;

	noise_judge(&n);
	assert_int_equal(n.noisy, v->noisy);
	assert_int_equal(n.warnings, v->warnings);
	if (v->warnings)
		assert_non_null(strstr(n.warning[0], v->says));
}

static void all_at_once_is_two_lines(void **state)
{
	struct noise n = { .steal_percent = 2,
			   .others = 2,
			   .seconds = 0.4,
			   .gap_p99_us = 9999,
			   .gap_max_us = 123456789,
			   .governor = "a-governor-with-quite-a-name",
			   .siblings = "1022,1023" };

	(void)state;
	noise_judge(&n);
	assert_int_equal(n.warnings, 2);
	assert_non_null(strstr(n.warning[0], "others keep"));
	assert_non_null(strstr(n.warning[1], "governor a-governor"));
}

static void put(const char *root, const char *path, const char *text)
{
	char full[256], *name;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	name = strrchr(full, '/');
	*name = '\0';
	assert_int_equal(tree_make(full), 0);
	*name = '/';
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define CPU "/sys/devices/system/cpu/cpu"

static void sysfs_is_read_for_the_cpus_used(void **state)
{
	char root[] = "/tmp/tandem-noise-XXXXXX";
	struct noise n = { 0 };
	cpu_set_t cpus;

	(void)state;
	assert_non_null(mkdtemp(root));
	put(root, CPU "0/topology/thread_siblings_list", "0,4\n");
	put(root, CPU "1/topology/thread_siblings_list", "1-3\n");
	put(root, CPU "2/topology/thread_siblings_list", "1-3\n");
	put(root, CPU "1/cpufreq/scaling_governor", "schedutil\n");
	put(root, CPU "1/cpufreq/scaling_cur_freq", "1200000\n");
	put(root, CPU "2/cpufreq/scaling_cur_freq", "800000\n");
	put(root, CPU "2/cpufreq/cpuinfo_max_freq", "3600000\n");
	put(root, CPU "2/cpufreq/scaling_governor", "schedutil\n");
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	CPU_SET(1, &cpus);
	noise_read_sysfs(&n, &cpus, root);
	assert_string_equal(n.siblings, "");
	assert_string_equal(n.governor, "schedutil");
	assert_true(n.mhz_lowest == 1200 && isnan(n.mhz_most));
	CPU_SET(2, &cpus);
	noise_read_sysfs(&n, &cpus, root);
	assert_string_equal(n.siblings, "1,2");
	assert_true(n.mhz_lowest == 800 && n.mhz_most == 3600);
	put(root, CPU "2/cpufreq/scaling_governor", "performance\n");
	n.governor[0] = '\0';
	noise_read_sysfs(&n, &cpus, root);
	assert_string_equal(n.governor, "mixed");
	assert_int_equal(tree_remove(root), 0);
}

/* A process that takes half of our CPU: we stand still while it runs. */
static void a_disturbance_is_heard(void **state)
{
	struct clock c = clock_open();
	cpu_set_t before, one;
	struct noise n;
	pid_t child;
	int cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setaffinity(0, sizeof(one), &one);
		for (;;)
			clock_relax();
	}
	assert_true(child > 0);
	noise_measure(&n, &one, 0.4, c.us, "");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_true(n.measured && n.noisy);
	assert_true(n.gap_max_us > 500);
	assert_true(n.seconds >= 0.39 && n.warnings >= 1);
	/* And we are back where we were. */
	assert_int_equal(sched_getaffinity(0, sizeof(one), &one), 0);
	assert_true(CPU_EQUAL(&before, &one));
}

/* What is written is what the reader takes. */
static void it_fits_the_results_file(void **state)
{
	struct noise n = { QUIET,	   .steal_percent = NAN, .others = NAN,
			   .loadavg = NAN, .siblings = "0,1",	 .mhz_lowest = NAN,
			   .mhz_most = NAN };
	json_t *doc = json_pack("{s:s, s:{}, s:[]}", "schema", "tandem-bench/1", "host", "results");
	struct results r;

	(void)state;
	noise_judge(&n);
	json_object_set_new(json_object_get(doc, "host"), "noise", noise_json(&n));
	assert_int_equal(results_from(doc, "noise", &r), 0);
	assert_string_equal(results_string(r.host, "noise.verdict", ""), "quiet");
	assert_true(results_number(r.host, "noise.jitter_us.p99") == 20);
	assert_null(results_get(r.host, "noise.steal_percent"));
	results_free(&r);
	json_decref(doc);
}

int main(void)
{
	static struct suite s;

	suite_add(&s, "times are read and subtracted", times_are_read_and_subtracted, NULL);
	suite_add(&s, "what is unknown is no reason", what_is_unknown_is_no_reason, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		suite_add(&s, verdicts[i].name, judges, &verdicts[i]);
	suite_add(&s, "all at once is two lines", all_at_once_is_two_lines, NULL);
	suite_add(&s, "sysfs is read for the CPUs used", sysfs_is_read_for_the_cpus_used, NULL);
	suite_add(&s, "a disturbance is heard", a_disturbance_is_heard, NULL);
	suite_add(&s, "it fits the results file", it_fits_the_results_file, NULL);
	return suite_run(&s, "noise");
}
