// SPDX-License-Identifier: BSD-2-Clause
// What the process does with signals: which end it, which it was started to ignore.
#include "lib/signals.h"

#include <stddef.h>

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define ENDS (sizeof(ends) / sizeof(ends[0]))

void signals_start(void)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void signals_before_exec(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}

sigset_t signals_ends(void)
{
	sigset_t s;

	sigemptyset(&s);
	for (size_t i = 0; i < ENDS; i++)
		sigaddset(&s, ends[i]);
	return s;
}

sigset_t signals_faults(void)
{
	static const int faults[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
	sigset_t s;

	sigemptyset(&s);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaddset(&s, faults[i]);
	return s;
}

sigset_t signals_ends_heeded(void)
{
	sigset_t s = signals_ends();
	struct sigaction now;

	for (size_t i = 0; i < ENDS; i++)
		if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			sigdelset(&s, ends[i]);
	return s;
}
