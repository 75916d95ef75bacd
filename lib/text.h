// SPDX-License-Identifier: BSD-2-Clause
// Text that others wrote: what of it a terminal may be shown.
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

/*
 * The bytes of the character at `s`, in UTF-8: 1 to 4. 0: a control character, a broken one, or the
 * end.
 */
unsigned text_character(const char *s);

/* Every byte that is of no such character becomes '?'. */
void text_clean(char *s);

#endif
