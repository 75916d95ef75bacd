#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tandem lab --versus, and git bisect run with it, on trees of one file and an emulator that answers with results that
# were measured before: which kernel is booted when, what is compared, and the exit status.
# timeout: 180
# shellcheck disable=SC1091,SC2154,SC2034,SC2016 # dir and status come from here; scripts in quotes
. "${TANDEM_SRC:?run me through make}/tests/e2e/tap"
for tool in gcc ld make patch tar; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
[ "$(uname -m)" = x86_64 ] || skip_all "the trees are built for this machine, and know x86_64"

mkdir "$dir/bin"
for tool in flex bison bc; do
	printf '#!/bin/sh\n' >"$dir/bin/$tool"
done
cat >"$dir/bin/qemu-system-x86_64" <<'EOF'
#!/bin/sh
[ "$1" != --version ] || { echo "QEMU emulator version 7.2.0"; exit 0; }
while [ $# -gt 1 ]; do
	[ "$1" != -kernel ] || kernel=$2
	shift
done
side=$(grep -aom 1 'fast\|slow\|dead' "$kernel")
echo "$side" >>"$BOOTS"
[ "$side" != dead ] || exit 0
n=0
while read -r before; do
	[ "$before" != "$side" ] || n=$((n + 1))
done <"$BOOTS"
exec cat "$RESULTS/$side.$((n % 5)).answer" >result
EOF
chmod +x "$dir"/bin/*
PATH=$dir/bin:$PATH
XDG_CACHE_HOME=$dir/cache
TMPDIR=$dir
BOOTS=$dir/boots
RESULTS=$dir
export PATH XDG_CACHE_HOME TMPDIR BOOTS RESULTS
grep -q 'LAB_FILE_RESULT "result"' "$TANDEM_SRC"/lab/*.h || skip_all "the emulator's file has another name now"

number() { # number N BYTES: little-endian
	value=$1 i=0 bytes=
	while [ $i -lt "$2" ]; do
		bytes="$bytes\\0$((value >> 6 & 3))$((value >> 3 & 7))$((value & 7))"
		value=$((value >> 8)) i=$((i + 1))
	done
	printf %b "$bytes"
}
record() { # record STREAM FILE
	size=$(wc -c <"$2")
	number "$1" 4
	number "$size" 4
	cat "$2"
	sent=$((sent + size + 8))
}
# What the lab's init would send: facts, the result file, the end with the count of all bytes before.
answer() { # answer RESULTS
	sent=0
	for fact in release=9.9.0 preempt=lazy 'preempt_model=(lazy)' kvm=yes boot_ms=1 running=yes; do
		printf %s "$fact" >"$dir/fact"
		record 1 "$dir/fact"
	done
	rm -f "$dir"/piece*
	split -b 60000 "$1" "$dir/piece"
	for piece in "$dir"/piece*; do
		record 4 "$piece"
	done
	printf 'tables\n' >"$dir/fact"
	record 2 "$dir/fact"
	number 5 4
	number 24 4
	printf 'tandem1\0'
	number $sent 8
	number 0 4
	number 0 4
}

# One measurement, and of it five that are fast and five that are slow.
tandem bench rr --duration=0.1 --warmup=0 --runs=1 --accel=thread --notify=direct --no-noise-check --json="$dir/one.json"
[ $status = 0 ] || { result 1 "a measurement to answer with"; finish; }
for n in 0 1 2 3 4; do
	for side in fast:100 slow:30; do
		sed -z 's/"samples": {[^}]*}/"samples": {"round_trips_per_s": ['"${side#*:}$n"']}/' "$dir/one.json" \
			>"$dir/${side%:*}.$n.json"
		answer "$dir/${side%:*}.$n.json" >"$dir/${side%:*}.$n.answer"
	done
done
grep -q '"round_trips_per_s": .1003' "$dir/fast.3.json" || { result 1 "answers made of it"; finish; }

make_tree() { # make_tree DIR WORD: a kernel that has WORD in it
	mkdir -p "$1"
	echo "char word[] = \"$2\";" >"$1/a.c"
	cat >"$1/Makefile" <<'EOF'
VERSION = 9
allnoconfig:
	@cp $(KCONFIG_ALLCONFIG) $(O)/.config
bzImage: $(O)/a.o
	@mkdir -p $(O)/arch/x86/boot
	@{ head -c 514 /dev/zero; printf HdrS; head -c 8 /dev/zero; printf '\000\002'; head -c 496 /dev/zero; \
	   printf '9.9.0 (tandem@lab) #1 SMP'; head -c 600 /dev/zero; cat $(O)/a.o; } >$(O)/arch/x86/boot/bzImage
$(O)/a.o: a.c
	@echo '  CC      a.o'
	@$(CROSS_COMPILE)gcc -c -o $@ $<
EOF
}
make_tree "$dir/good" fast
make_tree "$dir/bad" slow
make_tree "$dir/dead" dead

versus() { # versus ARG...
	rm -f "$BOOTS"
	timeout -k 5 "$patience" "$TANDEM" lab "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}

versus --versus "$dir/good" "$dir/bad" --json="$dir/all.json" -- bench rr
[ $status = 0 ] && grep -q "rr direct *round_trips_per_s .* worse " "$dir/out"
result $? "two trees: one comparison, and it is right"
grep -q "^old  good: " "$dir/out" && grep -q "^new  bad: " "$dir/out"
result $? "which says which is which"
[ "$(tr '\n' ' ' <"$BOOTS")" = "fast slow slow fast fast slow slow fast fast slow " ]
result $? "five boots of each, by turns"
[ "$(grep -c "boot .* of 10: " "$dir/err")" = 10 ] && grep -q "boot 10 of 10: B, bad, .* min left" "$dir/err"
result $? "progress, and how long it will take"
! grep -q tables "$dir/out" "$dir/err"
result $? "what each boot printed is left out"
[ "$(grep -c '"kernel": "bad"' "$dir/all.json")" -ge 5 ] && [ "$(grep -c '"kernel": "good"' "$dir/all.json")" -ge 5 ]
result $? "--json has the results of all boots, each with its kernel"

slower='--fail-if=round_trips_per_s < 0.5x'
versus --versus "$dir/good" "$dir/bad" "$slower" -- bench rr
[ $status = 1 ] && grep -q "fail-if .*: TRUE" "$dir/out"
result $? "--fail-if that is true: 1"
versus --versus "$dir/bad" "$dir/good" "$slower" -- bench rr
[ $status = 0 ] && grep -q "fail-if .*: false" "$dir/out"
result $? "--fail-if that is not: 0"
versus --versus "$dir/good" "$dir/good" "$slower" --boots=6 -- bench rr
[ $status = 0 ] && [ "$(wc -l <"$BOOTS")" = 12 ] && grep -q " ~ " "$dir/out"
result $? "a kernel does not differ from itself"
versus --versus "$dir/good" "$dir/bad" --boots=2 --preempt=lazy,lazy -- bench rr
[ $status = 0 ] && grep -q "round_trips_per_s .* ? " "$dir/out"
result $? "two boots are too few for a verdict, and it is said"
versus --versus "$dir/good" "$dir/bad" --boots=2 "$slower" -- bench rr
[ $status = 2 ] && grep -q "NOT JUDGED, .*2 old and 2 new values are too few" "$dir/out" &&
	grep -q "cannot be judged: .*take 5 of each" "$dir/err"
result $? "nor does --fail-if judge two boots, as true: 2"
versus --versus "$dir/bad" "$dir/good" --boots=2 "$slower" -- bench rr
[ $status = 2 ]
result $? "nor as false: 2"

cat >"$dir/slow.patch" <<'EOF'
--- a/a.c
+++ b/a.c
@@ -1 +1 @@
-char word[] = "fast";
+char word[] = "slow";
EOF
versus --build="$dir/good" --patch="$dir/slow.patch" --versus "$slower" -- bench rr
[ $status = 1 ] && grep -q "^new  good + slow.patch" "$dir/out"
result $? "a tree without a patch and with it"
versus --build="$dir/good" --patch="$dir/slow.patch" --versus --list
[ $status = 0 ] && grep -q "^A: good$" "$dir/out" && grep -q "^B: good + slow.patch$" "$dir/out"
result $? "--list says which two"

versus --versus "$dir/good" "$dir/dead" -- bench rr
[ $status = 1 ] && grep -q "B, dead: no boot had a result" "$dir/err"
result $? "a kernel that does not boot has no result, and that is a failure"
versus --versus "$dir/good" "$dir/dead" "$slower" -- bench rr
[ $status = 2 ] && grep -q "B, dead: no boot had a result" "$dir/err"
result $? "asked by --fail-if, it is not judged: 2"
echo 'nonsense' >"$dir/dead/a.c"
versus --versus "$dir/good" "$dir/dead" -- bench rr
[ $status = 77 ] && [ ! -e "$BOOTS" ] && grep -q "error: " "$dir/err"
result $? "one that does not build is no verdict: 77, and nothing is booted"
versus --versus "$dir/good" 5.19 -- bench rr
[ $status = 77 ] && [ ! -e "$BOOTS" ]
result $? "nor is one that is not to be had"

refuses "one kernel is too few" "give two kernels behind" lab --versus newest
refuses "none is, too" "give two kernels behind" lab --versus -- bench
refuses "a tree without patches is one kernel" "without and with --patch" lab --build=x --versus -- bench
refuses "three kernels are too many" "either two kernels or --build" lab --versus a b --build=x -- bench
refuses "--kernels names none of the two" "behind it" lab --versus a b --kernels=6.12 -- bench
refuses "only a bench has results" "what a bench measures" lab --versus a b -- exec /bin/true
refuses "a wrong condition is refused first" "there is no <" lab --versus a b --fail-if=x -- bench
refuses "--boots needs --versus" "takes --versus .*'boots'" lab --boots=3 -- bench

# docs/bisect.md: the first bad commit of six, the fourth of which does not build.
command -v git >/dev/null || { skip "git bisect run" "no git"; finish; }
make_tree "$dir/repo" fast
cd "$dir/repo" || exit 1
git init -q . && git config user.name t && git config user.email t@example.org && git add . && git commit -qm 1
for n in 2 3 4 5 6; do
	case $n in
	4) echo 'nonsense' >a.c ;;
	5 | 6) echo "char word[] = \"slow\"; int n$n;" >a.c ;;
	*) echo "char word[] = \"fast\"; int n$n;" >a.c ;;
	esac
	git commit -qam "commit $n"
done
cat >"$dir/ask" <<EOF
#!/bin/sh
"$TANDEM" lab --versus "$dir/good" . --boots=\${BOOTS_OF_EACH:-5} '$slower' -- bench rr
case \$? in
0) exit 0 ;;
1) exit 1 ;;
*) exit 125 ;;
esac
EOF
chmod +x "$dir/ask"
git bisect start HEAD HEAD~5 >"$dir/out" 2>&1 && git bisect run "$dir/ask" >>"$dir/out" 2>"$dir/err"
status=$?
# Of the fourth nothing can be told: it or the fifth.
grep -q "only 'skip'ped commits left" "$dir/out" "$dir/err" || grep -q "is the first bad commit" "$dir/out"
found=$?
[ $found = 0 ] && git bisect log | grep -q "^# good: .*commit 3$" && git bisect log | grep -q "^# bad: .*commit 5$"
result $? "git bisect run finds the commit"
git bisect reset >"$dir/out" 2>&1
git bisect start HEAD HEAD~5 >"$dir/out" 2>&1
BOOTS_OF_EACH=2 git bisect run "$dir/ask" >>"$dir/out" 2>"$dir/err"
! grep -q "is the first bad commit" "$dir/out" && ! git bisect log | grep -q "^# good: .*commit [2-5]$" &&
	! git bisect log | grep -q "^# bad: .*commit [2-5]$" && git bisect log | grep -q "^# skip: "
result $? "of too few boots it finds none: every commit is skipped"
cd / || exit 1
finish
