#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the lab refuses before it boots anything: each with its status and a way out.
# timeout: 120
# shellcheck disable=SC1091,SC2154,SC2034 # dir and status come from here
. "${TANDEM_SRC:?run me through make}/tests/lab/tap"
native x86_64 || skip_all "written for an x86_64 machine"
need_lab x86_64
cached() { find "${XDG_CACHE_HOME:-$HOME/.cache}/tandem/lab/kernels.3/amd64" -name image | head -n 1; }
image=$(cached)
if [ -z "$image" ]; then
	lab --kernels=newest -- version # fetches one
	image=$(cached)
fi
[ -n "$image" ] || skip_all "no kernel in the cache"

lab --bogus -- version
expect "an unknown option is wrong usage" 2 "tandem help lab"
lab -- exec
expect "exec without a program is wrong usage" 2 "no program after"
lab --preempt=eager -- version
expect "an unknown mode is wrong usage" 2 "give one or more of none,"
lab --arch=vax -- version
expect "an unknown architecture is wrong usage" 2 "vax"
lab --kernel="$image" --kernels=6.12 -- version
expect "two ways to name the kernel are wrong usage" 2 "not both"
lab --smp=0 -- version
expect "no CPU at all is wrong usage" 2 "from 1 to"
lab --smp=1 --smp=2 -- version
expect "two numbers of CPUs are wrong usage" 2 "--smp is given twice"
lab -- bench --frames=60
expect "an unknown option of the subcommand is wrong usage" 2 "did you mean --frame?"
lab -- bench rr --js=/nonexistent/out.json
expect "a short name for the results file is understood" 2 "--json=/nonexistent/out.json"
lab --parallel --deterministic -- version
expect "two ways to emulate are wrong usage" 2 "does not go with '--deterministic'"

lab --shell -- version
expect "a shell takes no subcommand" 2 "takes no subcommand"
lab --shell --json="$dir/out.json"
expect "a shell has no results" 2 "has no results"
lab --shell --versus 6.12 newest
expect "a shell is in one kernel" 2 "does not go with '--versus'"

lab --kernel=/nowhere/bzImage -- version
expect "a missing kernel is named" 77 "/nowhere/bzImage"
head -c 3000000 "$image" >"$dir/short"
lab --kernel="$dir/short" -- version
expect "a truncated kernel is recognised" 77 "truncated"
head -c 100 "$image" >"$dir/stub"
lab --kernel="$dir/stub" -- version
expect "a piece of a kernel is no kernel" 77 "not a kernel image"
lab --kernel="$TANDEM" -- version
expect "an ELF file is no bootable kernel" 77 "bzImage"
lab --arch=arm64 --kernel="$image" --tandem="$TANDEM" -- version
expect "tandem of the wrong architecture is refused" 77 "not for arm64"
lab --kernels=5.19 -- version
expect "a kernel that the archive lacks is said" 77 "no x86_64 cloud kernel 5.19"
lab --mem=200 -- version
expect "too little memory inside is refused" 77 "at least"
lab --mem=60000000 -- version
expect "a nonsensical amount of memory is wrong usage" 2 "MiB from 1 to 1048576"
lab --mem=1048576 -- version
expect "more memory than there is, is refused" 77 "available here"
PATH=/nowhere "$TANDEM" lab -- version >"$dir/out" 2>"$dir/err"
status=$?
expect "no emulator: it says how to get it" 77 "install"
lab --add=/nowhere/file -- version
expect "a file to add that is not there is named" 77 "/nowhere/file"

XDG_CACHE_HOME=$dir/cache "$TANDEM" lab --kernels=newest --list >"$dir/out" 2>"$dir/err"
status=$?
expect "--list names the kernel that the archive has" 0 "linux-image-.*(to be fetched)"
[ -z "$(find "$dir/cache" -name image -o -name '*.deb')" ]
result $? "--list fetches none"
lab --kernels=newest --list
expect "--list names the kernel that is cached" 0 "linux-image-.*(cached)"
lab --kernel="$image" --list
expect "--list of a kernel of one's own boots nothing" 0 "$image\$"
finish
