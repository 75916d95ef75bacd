// SPDX-License-Identifier: BSD-2-Clause
// Cells of a page's tables.
#include "bench/show/html.h"

#include "bench/show/svg.h"

void html_head(FILE *to, const char *text, bool left)
{
	fputs(left ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"n\">", to);
	svg_escape(to, text);
	fputs("</th>", to);
}

void html_cell(FILE *to, const char *class, const char *text)
{
	fprintf(to, "<td class=\"%s\">", class);
	svg_escape(to, text);
	fputs("</td>", to);
}
