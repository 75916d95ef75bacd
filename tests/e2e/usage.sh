#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Wrong usage: exit 2, nothing measured, and one line that names what is wrong and the way out.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

# ---- help and version

tandem help
[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q 'Usage: tandem' "$dir/out" &&
	grep -q 'bench' "$dir/out"
result $? "help prints the commands"
for command in run backend bench compare report merge doctor lab; do
	tandem help $command
	[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -qi "usage: tandem $command" "$dir/out"
	result $? "help $command prints its options"
	cp "$dir/out" "$dir/help"
	tandem $command --help
	[ $status = 0 ] && cmp -s "$dir/help" "$dir/out"
	result $? "$command --help prints the same"
done
for sub in table lazy pool crowd tcp seed; do
	tandem help bench $sub
	[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q "Usage: tandem bench $sub" "$dir/out" &&
		[ "$(wc -l <"$dir/out")" -gt 10 ]
	result $? "help bench $sub prints its options"
	cp "$dir/out" "$dir/help"
	tandem bench $sub --help
	[ $status = 0 ] && cmp -s "$dir/help" "$dir/out"
	result $? "bench $sub --help prints the same"
	tandem help
	grep -q "^  bench $sub  *[a-zA-Z]" "$dir/out"
	result $? "help names bench $sub"
done
tandem help run
! grep -q -e '--runs' -e '--json' -e '--preempt' -e '--[a-z]*=LIST' "$dir/out" && grep -q -e '--notify=NAME .*(direct)' "$dir/out"
result $? "help run lists what run takes, with its defaults"
tandem help bench table
! grep -q -e '--notify' -e '--irq' -e '--worker-fifo' "$dir/out" && grep -q -e '--duration=SEC .*(2)' "$dir/out" &&
	grep -q -e '--producer=LIST .*(batch,sqpoll,user)' "$dir/out"
result $? "help bench table lists what table takes, with its defaults"
tandem help bench
wrong=0
for word in direct deferred unbound user batch sqpoll; do
	grep -q "^ *$word " "$dir/out" || wrong=1
done
result $wrong "help bench names every strategy and every producer"
tandem --help
[ $status = 0 ] && grep -q 'Usage: tandem' "$dir/out"
result $? "--help is help"
tandem version
[ $status = 0 ] && [ ! -s "$dir/err" ] && grep -q '^tandem [0-9]' "$dir/out" &&
	[ "$(wc -l <"$dir/out")" = 1 ]
result $? "version is one line"
cp "$dir/out" "$dir/version"
tandem --version
[ $status = 0 ] && cmp -s "$dir/version" "$dir/out"
result $? "--version is version"
tandem
[ $status = 2 ] && [ ! -s "$dir/out" ] && grep -q 'Usage: tandem' "$dir/err"
result $? "without a command it prints the usage on stderr"

# ---- commands, scenarios, options

refuses "an unknown command" "'frobnicate'.*tandem help" frobnicate
refuses "an unknown option of tandem" "^tandem: --frobnicate is not an option.*tandem help" --frobnicate
refuses "help for an unknown command" "'frobnicate'.*tandem help" help frobnicate
refuses "help for a command in a command that has none" "'bench'.*too many" help lab bench
refuses "help for too much" "'x'.*too many" help bench pool x
refuses "an empty command" "''.*tandem help" ""
refuses "an unknown scenario of bench" "'strem'.*stream" bench strem
refuses "an unknown scenario of run" "'strem'.*stream" run strem
refuses "an argument too many" "'rr'" run stream rr
refuses "an unknown option of bench" "--frames.*tandem help bench" bench --frames=60
refuses "an unknown option of run" "--frames.*tandem help run" run --frames=60
refuses "an unknown option of doctor" "^tandem: doctor: --fast is not an option.*tandem help doctor" doctor --fast
refuses "an argument of doctor" "^tandem: doctor: 'foo' is one argument too many" doctor foo
refuses "an argument behind an option of doctor" "'foo' is one argument too many" doctor --probe foo
refuses "two options of doctor" "one option at a time" doctor --probe --confinement
refuses "an option without its value" "--frame.*needs a value" bench --frame
refuses "a value for an option that takes none" "--help" bench --help=yes
refuses "an unknown short option" "^tandem: bench: -x is not an option" bench -xy
refuses "an unknown short option behind others" "^tandem: bench: -x is not an option" bench --runs=1 -xy
refuses "an unknown short option of pool" "^tandem: bench pool: -x is not an option.*pool --help" bench pool -x
refuses "an unknown short option of crowd" "^tandem: bench crowd: -x is not an option" bench crowd -x
refuses "an unknown short option of report" "^tandem: report: -x is not an option" report -x a.json
refuses "an unknown short option of compare" "^tandem: compare: -x is not an option" compare -x
refuses "an unknown short option of lab" "^tandem: lab: -x is not an option" lab -x
refuses "an option that is short for several" "--w=1 can be --worker-fifo, --wake, .*--window, --workers;" bench --w=1
refuses "an unknown option of lab" "^tandem: lab: --frames=60 is not an option" lab --frames=60
refuses "an unknown command of lab" "lab: there is no command 'frobnicate'.*tandem help" lab -- frobnicate
refuses "-o without a value" "report: -o needs a value" report -o
refuses "a value for an option that takes none" "--details=1 takes no value" bench --details=1
for option in preempt=current runs=1 warmup-runs=0 order=random seed=1 baseline=x json=out.json format=csv \
	no-noise-check trace; do
	refuses "--${option%%=*} of run" "run: --${option%%=*} is not an option here but of .*bench, bench table" run --duration=0.1 --$option
done
for option in notify=direct irq=auto worker-fifo=1 wake=unlocked; do
	refuses "--${option%%=*} of bench table" "bench table: --${option%%=*} is not an option here but of run, .*bench" bench table --$option
done

# ---- values

for frame in 0 1 59 65537 99999999999999999999 -1 60.5 60s 1e2 +60 "" " 60" abc; do
	refuses "--frame=$frame" "--frame=.*60 to 65536" bench rr --frame="$frame"
done
for ring in 0 32769 65536 4294967296 -1 abc ""; do
	refuses "--ring=$ring" "--ring=.*1 to 32768" bench rr --ring="$ring"
done
for ring in 3 255 32767; do
	refuses "--ring=$ring" "--ring=$ring.*power of two" bench rr --ring=$ring
done
for command in "run" "bench rr" "bench table"; do
	# shellcheck disable=SC2086 # words
	refuses "a feature without sign, of $command" "+ or - in front of it: --features=-packed" $command --features=packed
done
refuses "a feature that is mistyped" "did you mean ring_packed" bench rr --features=+ring_paked
refuses "a feature that the bundled guest cannot do" \
	"--features=+mrg_rxbuf: the bundled guest cannot do this.*it can do: mtu mac .*event_idx .*ring_packed" bench rr --features=+mrg_rxbuf
refuses "a feature that it cannot do without" "--features=-in_order: it cannot do without; leave this out" \
	bench rr --features=+packed,-in_order
refuses "no features" "+ or - in front" bench rr --features=
refuses "packed rings in the kernel's vhost" \
	"--features=+ring_packed with --producer=vhost-net: the kernel's vhost does not have this; use another producer" \
	bench rr --producer=vhost-net --frame=60 --features=+packed
refuses "features of a stock kernel" "--features with --guest=linux.*leave it out" run --guest=linux --features=+packed
for window in 0 -1 32769 1e3; do
	refuses "--window=$window" "--window=.*1 to" bench stream --window=$window
done
refuses "a window larger than the ring" "--window=300.*256.*larger --ring" bench stream --window=300
refuses "a window larger than a small ring" "--window=2.*1 entries" bench stream --window=2 --ring=1
refuses "more memory than a guest can have" "--ring=32768 with --frame=65536.*smaller" bench stream \
	--ring=32768 --frame=65536
for seconds in 0 -1 nan inf -inf 0.009 9ms 86401 1441m 1e300 1e1 1S "1 s" +1 "" abc; do
	refuses "--duration=$seconds" "--duration=.*seconds" bench rr --duration="$seconds"
done
for seconds in -1 nan inf 0x1 . abc; do
	refuses "--warmup=$seconds" "--warmup=" bench rr --warmup=$seconds
done
for runs in 0 -1 1001 two; do
	refuses "--runs=$runs" "--runs=.*1 to 1000" bench rr --runs=$runs
done
for list in "" "," ",," "direct,fast" fast; do
	refuses "--notify=$list" "--notify=.*direct" bench rr --notify="$list"
	refuses "--producer=$list" "--producer=.*sqpoll" bench rr --producer="$list"
done
# shellcheck disable=SC2046
refuses "a list of strategies that does not end" "--notify=" bench rr \
	--notify="$(printf 'direct,%.0s' $(seq 200))"
refuses "--accel=xen" "--accel=xen.*thread" bench rr --accel=xen
refuses "--accel=" "--accel=.*thread" bench rr --accel=
refuses "--verify=some" "--verify=some.*full" bench rr --verify=some
refuses "--busy-poll=-1" "--busy-poll=-1" bench rr --busy-poll=-1
refuses "--busy-poll=auto with the kernel's backend" "the kernel polls for a fixed time" \
	bench rr --busy-poll=auto --producer=vhost-net
refuses "--busy-poll=1000001" "--busy-poll=1000001" bench rr --busy-poll=1000001
refuses "--budget=0" "--budget=0" bench rr --budget=0
refuses "--batch=0" "--batch=0" bench rr --batch=0
refuses "--rto=0" "--rto=0" bench rr --rto=0
refuses "--irq=nmi" "--irq=nmi" bench rr --irq=nmi
refuses "--preempt=some" "--preempt=some.*lazy" bench rr --preempt=some
refuses "--halt-poll=-1" "--halt-poll=-1.*auto, host, or.*1000000000" bench rr --halt-poll=-1
refuses "--halt-poll=auto of crowd" "--halt-poll=auto: give host, or" bench crowd --halt-poll=auto
refuses "--worker-fifo=100" "--worker-fifo=100" bench rr --worker-fifo=100

for list in "" ",6.12" "6.12," "6.1,,6.12"; do
	refuses "lab --kernels=$list" "--kernels=.*: a name is missing" lab --kernels="$list" -- version
done

# ---- placement

refuses "an unknown role" "--cpus=c=0.*a, b, backend, notifier" bench rr --cpus=c=0
refuses "a CPU without a role" "--cpus=0.*ROLE=CPU" bench rr --cpus=0
refuses "a role without a CPU" "--cpus=a=" bench rr --cpus=a=
refuses "an empty placement" "--cpus=.*empty" bench rr --cpus=
refuses "a CPU that is not there" "--cpus=a=1023.*taskset" bench rr --cpus=a=1023
refuses "a CPU that cannot be" "--cpus=a=99999999999" bench rr --cpus=a=99999999999
refuses "a negative CPU" "--cpus=a=-1" bench rr --cpus=a=-1
refuses "CPUs the wrong way round" "--cpus=a=1-0" bench rr --cpus=a=1-0
refuses "a CPU with a tail" "--cpus=a=0x" bench rr --cpus=a=0x

# ---- where results cannot go

refuses "--json= without a name" "--json" bench rr --json=
refuses "results in a directory that is not there" "--json=/nonexistent/out.json" bench rr \
	--json=/nonexistent/out.json
refuses "results in place of a directory" "--json=$dir" bench rr --json="$dir"
refuses "results of the lab in a directory that is not there" "--json=/nonexistent/out.json" lab \
	--json=/nonexistent/out.json -- version
refuses "results in place of a device" "--json=/dev/full" bench rr --json=/dev/full

# ---- what has no effect

# shellcheck disable=SC2086
tandem bench rr --details $quick --accel=thread --notify=direct --irq=all --no-noise-check
[ $status = 0 ] && [ "$(grep -c -e '--irq has no effect with accel thread' "$dir/err")" = 1 ] &&
	[ "$(grep -c 'eventfd  ' "$dir/out")" -ge 1 ]
result $? "--irq with accel thread: one line says that it has no effect"

finish
