// SPDX-License-Identifier: BSD-2-Clause
// One call of `tandem lab`: its boots, and what they come to.
#include "cli/lab_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/tracefile.h"
#include "lab/boot.h"
#include "lab/initrd.h"
#include "lab/qemu.h"
#include "lab/shell.h"
#include "lib/log.h"

void lab_run_note(struct lab *l, int status)
{
	if (status == LAB_SKIPPED) {
		l->skipped++;
		return;
	}
	l->ran++;
	if (!l->status)
		l->status = status;
}

static void note_refused(const struct lab_boot *b, const struct lab_outcome *o)
{
	log_error("lab: %s: not in preemption mode %s; inside it says %s (%s); see tandem lab "
		  "--list for a kernel that has it",
		  b->kernel->package, b->mode, o->preempt_model, o->preempt_source);
}

static void note_done(const struct lab_boot *b, const struct lab_outcome *o)
{
	const char *kvm = b->opts->arch->kvm_module;
	char retries[64] = "";

	if (o->retries)
		snprintf(retries, sizeof(retries), ", %u boots lost to the emulator (Oops: int3)",
			 o->retries);
	if (o->modules_failed[0])
		log_warn("lab: %s: modules not loaded: %s", b->kernel->package, o->modules_failed);
	if (!strcmp(o->kvm, "no"))
		log_warn("lab: %s: no /dev/kvm inside: the kernel needs KVM%s%s, built in or in "
			 "--modules=DIR",
			 b->kernel->package, kvm ? " and " : "", kvm ? kvm : "");
	log_info("lab: %s, preempt %s (%s), %u CPU%s%s: ready after %.1f s, done after %.1f s, "
		 "status %d%s",
		 b->kernel->package, o->preempt, o->preempt_model, b->opts->smp,
		 b->opts->smp > 1 ? "s" : "",
		 b->opts->deterministic	   ? ", instruction-counted"
		 : lab_opts_turns(b->opts) ? ", in one thread"
					   : "",
		 o->ready_s, o->total_s, o->status, retries);
}

/* A result that was asked for must be there when the command says that all is well. */
static int take_result(struct lab *l, const struct lab_boot *b, const struct lab_outcome *o)
{
	if (o->file && l->also && lab_results_add(l->also, b, o, l->qemu))
		return -EBADMSG;
	if (o->file)
		return lab_results_add(&l->results, b, o, l->qemu);
	if (o->status)
		return 0;
	log_error("lab: %s: no result file came back; does %s write one with --json?",
		  b->kernel->package, b->opts->cmd[0]);
	return -ENOENT;
}

/* Several modes have a file each: "out.dat" becomes "out-lazy.dat". */
static struct lab_path events_path(const struct lab_opts *o, const char *mode)
{
	const char *name = strrchr(o->trace, '/'), *dot = strrchr(name ? name : o->trace, '.');
	int stem = (int)(dot ? (size_t)(dot - o->trace) : strlen(o->trace));

	if (!o->preempt || !strchr(o->preempt, ','))
		return lab_path("%s", o->trace);
	return lab_path("%.*s-%s%s", stem, o->trace, mode, dot ? dot : "");
}

static int take_events(const struct lab *l, const struct lab_boot *b, const struct lab_outcome *o)
{
	struct lab_path path = events_path(&l->opts, b->mode);
	int err = tracefile_write(path.s, o->events, o->events_len);

	if (!err)
		log_info("lab: the events are in %s", path.s);
	return err;
}

static void take(struct lab *l, const struct lab_boot *b, const struct lab_outcome *o)
{
	if (o->refused) {
		note_refused(b, o);
		lab_run_note(l, LAB_SKIPPED);
		return;
	}
	note_done(b, o);
	lab_run_note(l, o->status);
	if (l->opts.results && take_result(l, b, o))
		lab_run_note(l, 1);
	if (l->opts.trace && o->events && take_events(l, b, o))
		lab_run_note(l, 1);
}

int lab_run_boot(struct lab *l, const struct lab_kernel *k, const char *mode)
{
	struct lab_boot b = { .sig = &l->sig,
			      .opts = &l->opts,
			      .kernel = k,
			      .mode = mode,
			      .tandem = l->tandem.s,
			      .dir = l->tmp.dir.s };
	struct lab_outcome o;
	int err = lab_boot_run(&b, &o);

	if (!err)
		take(l, &b, &o);
	else if (err != -EINTR)
		lab_run_note(l, err == -ECANCELED ? LAB_SKIPPED : 1);
	lab_outcome_free(&o);
	return err == -EINTR ? err : 0;
}

bool lab_run_next_word(const char **list, char *word, size_t len)
{
	size_t n = *list ? strcspn(*list, ",") : 0;

	if (!n)
		return false;
	snprintf(word, len, "%.*s", (int)n, *list);
	*list += n + ((*list)[n] == ',');
	return true;
}

int lab_run_prepare(struct lab *l)
{
	int err = lab_qemu_check(&l->sig, &l->opts, l->qemu, sizeof(l->qemu));

	if (!err && l->opts.shell)
		err = lab_shell_find(&l->opts);
	return err ? err : lab_tandem_find(&l->opts, &l->tandem);
}
