// SPDX-License-Identifier: BSD-2-Clause
// The style sheet of a report's page: light and dark, narrow and wide, screen and paper.
#include "bench/show/report_style.h"

#include "vhost/strategies.h"

static const char sheet[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--mute:#5b6570;--line:#d9dee4;"
	"--faint:#eef1f4;--card:#f6f8fa;--warn:#8a4b00;--warnbg:#fff4e0;"
	"--good:#1a7f37;--link:#2563c9;--other:#7b4fc4;"
	"--s0:#c2407a;--s1:#c9a227;--s2:#2b8a9e;--s3:#a3adb8}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e8ec;--mute:#9aa5b1;"
	"--line:#343b43;--faint:#22272d;--card:#1b2026;--warn:#ffc46b;--warnbg:#33270f;"
	"--good:#56d364;--link:#6ba4ff;--other:#bd96f5;"
	"--s0:#f48fb8;--s1:#e3c15c;--s2:#5cc3d6;--s3:#66717d}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1.2rem clamp(.8rem,3vw,2rem) 4rem;max-width:76rem;"
	"background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.6rem;margin:.2rem 0 .4rem;line-height:1.2}\n"
	"h2{font-size:1.2rem;margin:2.4rem 0 .5rem;padding-top:.6rem;border-top:1px solid "
	"var(--line)}\n"
	"h3{font-size:1rem;margin:1.4rem 0 .4rem}\n"
	"p{margin:.4rem 0 .8rem;max-width:52rem}\n"
	"td.better{color:var(--good)}td.worse{color:var(--warn)}tr.mean td{font-weight:600}\n"
	".verdict{font-size:1.06rem;border-left:4px solid var(--link);padding-left:.8rem}\n"
	".mute,small,figcaption,.tag{color:var(--mute)}\n"
	"small{font-size:.82em}\n"
	"nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.6rem 0}\n"
	"a{color:var(--link)}\n"
	"code,pre{font:13px/1.5 ui-monospace,monospace}\n"
	"pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem "
	".8rem;margin:.3rem 0 .9rem;white-space:pre-wrap;overflow-wrap:anywhere}\n"
	".scroll{overflow-x:auto;margin:.3rem 0 1rem}\n"
	"table{border-collapse:collapse;font-size:14px}\n"
	"th,td{padding:.28rem .7rem .28rem 0;text-align:left;border-bottom:1px solid var(--line);"
	"vertical-align:top}\n"
	"th{color:var(--mute);font-weight:600;white-space:nowrap}\n"
	"th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;"
	"padding-left:.7rem}\n"
	"td.w{white-space:nowrap}\n"
	"td.note{min-width:14rem;color:var(--mute);padding-left:.7rem}\n"
	"tr.control td{color:var(--mute)}\n"
	".conditions td{overflow-wrap:anywhere;min-width:9rem}\n"
	".conditions tr.differs td{background:var(--warnbg)}\n"
	".warn{background:var(--warnbg);border-left:4px solid var(--warn);border-radius:4px;"
	"padding:.5rem .9rem;margin:.4rem 0 1rem}\n"
	".warn ul{margin:.2rem 0;padding-left:1.1rem}\n"
	".tag{font-size:.75em;border:1px solid var(--line);border-radius:3px;padding:0 .3em}\n"
	".rows{display:grid;gap:.15rem;max-width:60rem}\n"
	".row{display:grid;grid-template-columns:minmax(9rem,18rem) minmax(8rem,1fr) 11rem;"
	"gap:.1rem .8rem;align-items:center}\n"
	".name{overflow-wrap:anywhere;line-height:1.25;font-size:14px}\n"
	".value{font-variant-numeric:tabular-nums;font-size:14px;line-height:1.25}\n"
	"@media(max-width:44rem){.row{grid-template-columns:1fr auto;margin-bottom:.35rem}"
	".bar{grid-column:1/3;grid-row:2}.value{text-align:right}}\n"
	"svg{display:block;width:100%;height:auto;overflow:visible}\n"
	"svg.strip{height:22px;overflow:visible}\n"
	"svg.key{display:inline-block;width:26px;height:8px;margin-right:.5em;"
	"vertical-align:middle}\n"
	".track{fill:var(--faint)}.pale{opacity:.5}\n"
	".k-other{--k:var(--other)}\n"
	"rect[class^=k-],.mark{fill:var(--k)}\n"
	".s-0{fill:var(--s0);background:var(--s0)}.s-1{fill:var(--s1);background:var(--s1)}"
	".s-2{fill:var(--s2);background:var(--s2)}.s-3{fill:var(--s3);background:var(--s3)}\n"
	".curve{fill:none;stroke:var(--k);stroke-width:2;stroke-linejoin:round}\n"
	".dash1{stroke-dasharray:7 4}.dash2{stroke-dasharray:2 3}.dash3{stroke-dasharray:9 3 2 3}\n"
	".mark{stroke:var(--bg);stroke-width:1}\n"
	".grid{stroke:var(--line);stroke-width:1}"
	".faint{stroke:var(--faint)}.axis{stroke:var(--mute)}\n"
	".tick{fill:var(--mute);font-size:12px}.middle{text-anchor:middle}.end{text-anchor:end}\n"
	".ci{stroke:var(--fg);stroke-width:1.5}.run{fill:var(--fg);opacity:.45}\n"
	".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:14px}\n"
	".swatch{display:inline-block;width:.85em;height:.85em;border-radius:2px;margin-right:.4em;"
	"background:var(--k);vertical-align:-.08em}\n"
	".swatch.s-0{background:var(--s0)}.swatch.s-1{background:var(--s1)}"
	".swatch.s-2{background:var(--s2)}.swatch.s-3{background:var(--s3)}\n"
	".pictures{display:grid;"
	"grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));"
	"gap:1rem 1.6rem}\n"
	"figure{margin:0;max-width:44rem}figcaption{font-weight:600;margin-bottom:.2rem}\n"
	".keys{list-style:none;margin:.2rem 0;padding:0;font-size:14px}\n"
	"details{margin:.5rem 0}summary{cursor:pointer}\n"
	"@media print{body{max-width:none}details>*{display:block}"
	".row,figure{break-inside:avoid}}\n";

static void write_colours(FILE *to, unsigned ground)
{
	for (unsigned i = 0; notify_strategies[i]; i++)
		fprintf(to, ".%s{--k:%s}", notify_strategies[i]->class,
			notify_strategies[i]->colour[ground]);
}

void report_style_write(FILE *to)
{
	fputs(sheet, to);
	write_colours(to, 0);
	fputs("\n@media(prefers-color-scheme:dark){", to);
	write_colours(to, 1);
	fputs("}\n", to);
}
