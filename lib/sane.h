// SPDX-License-Identifier: BSD-2-Clause
// Can these bytes be what they are said to be? For what comes from a process that is not trusted.
#ifndef LIB_SANE_H
#define LIB_SANE_H

#include <stdbool.h>
#include <stddef.h>

/* A bool is 0 or 1: a compiler may rely on it. */
bool sane_flag(const bool *flag);

/* It ends within its room, and no byte of it moves a terminal's cursor. */
bool sane_text(const char *text, size_t room);

/* Neither infinite nor negative nor no number at all. */
bool sane_amount(double v);

#endif
