#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# A host that stops, moves, limits and forbids: nothing is lost without a word. And what tandem keeps: nothing.
# timeout: 240
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

lossless() { # the results have a cell, and no lost frame
	grep -q '"lost": 0' "$dir/out.json" && ! grep -q '"lost": [1-9]' "$dir/out.json"
}

# ---- what each thread ended up with

tandem doctor --confinement
[ $status = 0 ] && grep -q '^tandem-backend .*none.*no_new_privs' "$dir/out" &&
	grep -q '^tandem-a .*none.*no_new_privs' "$dir/out"
result $? "doctor --confinement: no thread holds a capability or may get one"
! grep -q -e SOME -e NEW_PRIVS "$dir/out"
result $? "doctor --confinement: none at all"
filters=yes
if grep -q '^no system call filters: ' "$dir/out"; then
	filters="no: $(sed -n 's/^no system call filters: //p' "$dir/out")"
	skip "doctor --confinement: every thread is filtered" "$filters"
else
	! grep -q UNFILTERED "$dir/out"
	result $? "doctor --confinement: every thread is filtered"
fi
refuses "doctor --confinement takes nothing more" "one argument too many" doctor --confinement x

# ---- a thread that breaks out: a library of ours makes it

cat >"$dir/break.c" <<'END'
#define _GNU_SOURCE
#include <string.h>
#include <stdlib.h>
#include <stdarg.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
static void break_out(void)
{
	char name[16] = "";
	const char *who = getenv("BREAK_OUT");
	prctl(PR_GET_NAME, name);
	if (who && !strncmp(name, who, strlen(who)))
		syscall(SYS_socket, 1, 1, 0);
}
int sched_getcpu(void) { unsigned c = 0; break_out(); syscall(SYS_getcpu, &c, 0, 0); return (int)c; }
int ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s)
{
	struct timespec left;
	break_out();
	if (t) left = *t;
	return (int)syscall(SYS_ppoll, p, n, t ? &left : 0, s, 8);
}
int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;
	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	break_out();
	return (int)syscall(SYS_ioctl, fd, request, arg);
}
END
broke_out() { # broke_out THREAD NOTIFY ACCEL
	LD_PRELOAD="$dir/break.so" BREAK_OUT=$1 timeout -k 5 "$patience" "$TANDEM" bench rr --accel="$3" --notify="$2" \
		--duration=0.2 --warmup=0 >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 3 ] && grep -q "thread $1.*system call .*(socket)" "$dir/err"
	result $? "a $1 thread that breaks out, accel $3: exit 3, naming thread and call"
}
if [ "$filters" != yes ]; then
	skip "a thread that breaks out" "$filters"
elif ! cc -shared -fPIC -O1 -o "$dir/break.so" "$dir/break.c" 2>"$dir/err" ||
	! LD_PRELOAD="$dir/break.so" "$TANDEM" version >/dev/null 2>&1; then
	skip "a thread that breaks out" "no compiler here to make it break out with"
elif ! LD_DEBUG=libs "$TANDEM" version 2>&1 | grep -q libc; then
	skip "a thread that breaks out" "a static program takes no library to break out with"
else
	broke_out tandem-backend direct thread
	broke_out tandem-pool unbound thread
	broke_out tandem-b direct thread
	[ $accel != kvm ] || broke_out tandem-a direct kvm
fi

# ---- a measuring process that lies: it fills what it hands back with ones, and ends as if all were well

cat >"$dir/lie.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/mman.h>
static void *shared;
static size_t bytes;
void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off_t) =
		(void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
	void *at = next(addr, len, prot, flags, fd, offset);
	if (flags == (MAP_SHARED | MAP_ANONYMOUS)) {
		shared = at;
		bytes = len;
	}
	return at;
}
int munmap(void *addr, size_t len)
{
	int (*next)(void *, size_t) = (int (*)(void *, size_t))dlsym(RTLD_NEXT, "munmap");
	if (addr == shared)
		shared = 0;
	return next(addr, len);
}
void exit(int status)
{
	void (*next)(int) __attribute__((noreturn)) = (void (*)(int))dlsym(RTLD_NEXT, "exit");
	if (shared)
		memset(shared, 0xff, bytes);
	next(status);
}
END
lies() { # lies NAME ARG...: exit 3, and a line that says why
	name=$1
	shift
	LD_PRELOAD="$dir/lie.so" timeout -k 5 "$patience" "$TANDEM" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 3 ] && grep -q 'the measuring process returned nonsense (.*); please report this' "$dir/err"
	result $? "a measuring process that lies, $name: exit 3, and nothing of it is believed"
}
if ! cc -w -shared -fPIC -O1 -o "$dir/lie.so" "$dir/lie.c" -ldl 2>"$dir/err" ||
	! LD_PRELOAD="$dir/lie.so" "$TANDEM" version >/dev/null 2>&1 ||
	! LD_DEBUG=libs "$TANDEM" version 2>&1 | grep -q libc; then
	skip "a measuring process that lies" "no compiler here to make it lie with, or a static program"
else
	# shellcheck disable=SC2086
	lies "bench" bench rr $quick --notify=direct --no-noise-check --accel=thread --json="$dir/out.json"
	# shellcheck disable=SC2086
	lies "bench floor" bench floor $quick --no-noise-check --accel=thread
	lies "bench pool" bench pool --items=10 --runs=1
	lies "bench crowd" bench crowd tas --accel=thread --ratio=1 --duration=0.05 --warmup=0
	lies "run" run --accel=thread --duration=0.1
	lies "doctor" doctor --confinement
fi

# ---- a kernel that takes long to tell its counters

cat >"$dir/slow.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
FILE *fopen(const char *path, const char *mode)
{
	static int looks;
	FILE *(*next)(const char *, const char *) = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen");
	if (!strcmp(path, "/proc/interrupts") && looks++ == 1)
		usleep(500000);
	return next(path, mode);
}
END
if ! cc -shared -fPIC -O1 -o "$dir/slow.so" "$dir/slow.c" -ldl 2>"$dir/err" ||
	! LD_PRELOAD="$dir/slow.so" "$TANDEM" version >/dev/null 2>&1 ||
	! LD_DEBUG=libs "$TANDEM" version 2>&1 | grep -q libc; then
	skip "counters are read beside the clock" "no compiler, or no library to be slow with"
else
	LD_PRELOAD="$dir/slow.so" timeout -k 5 "$patience" "$TANDEM" bench rr --accel=thread --notify=direct --rate=400 \
		--arrivals=fixed --duration=1 --warmup=0.1 --json="$dir/out.json" >"$dir/out" 2>"$dir/err"
	status=$?
	# 400 a second, and not the 600 that there were until the kernel had answered.
	rate=$(sed -n 's/^ *"round_trips_per_s": \([0-9]*\)[.0-9]*,$/\1/p' "$dir/out.json" | head -n 1)
	[ $status = 0 ] && [ "${rate:-0}" -gt 0 ] && [ "$rate" -lt 500 ]
	result $? "counters are read beside the clock, however long the kernel takes with its own"
fi

# ---- a host that does not run a thread for a while

cat >"$dir/late.c" <<'END'
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static long long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}
int ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s)
{
	static int waits;
	char name[16] = "";
	struct timespec left;
	long long end = now_ms() + 3000, rest;
	prctl(PR_GET_NAME, name);
	if (!strcmp(name, "tandem-b") && waits++ == 5)
		while ((rest = end - now_ms()) > 0) {
			struct timespec late = { rest / 1000, rest % 1000 * 1000000 };

			syscall(SYS_ppoll, 0, 0, &late, 0, 8);
		}
	if (t)
		left = *t;
	return (int)syscall(SYS_ppoll, p, n, t ? &left : 0, s, 8);
}
END
if ! cc -shared -fPIC -O1 -o "$dir/late.so" "$dir/late.c" 2>"$dir/err" ||
	! LD_PRELOAD="$dir/late.so" "$TANDEM" version >/dev/null 2>&1 ||
	! LD_DEBUG=libs "$TANDEM" version 2>&1 | grep -q libc; then
	skip "the floor waits for a peer that comes 3 s late" "no compiler, or no library to be late with"
else
	LD_PRELOAD="$dir/late.so" timeout -k 5 "$patience" "$TANDEM" bench floor --accel=thread --duration=0.1 \
		--no-noise-check >"$dir/out" 2>"$dir/err"
	status=$?
	[ $status = 0 ] && grep -q '^floor' "$dir/out"
	result $? "the floor waits for a peer that comes 3 s late"
fi

# ---- limits

limited() { # limited NAME PATTERN ULIMIT...: exit 1 or 77, one reason that says so, nobody left
	name=$1 pattern=$2
	shift 2
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'ulimit "$1" "$2" && shift 2 && exec "$@"' sh "$@" "$dir/tandem-e2e" bench stream --notify=unbound \
		--duration=0.2 --accel=$accel >"$dir/out" 2>"$dir/err"
	status=$?
	{ [ $status = 77 ] || [ $status = 1 ]; } && grep -q "$pattern" "$dir/err"
	result $? "$name: an error that says so"
	wait_nobody
	result $? "$name: nobody is left"
}
limited "10 file descriptors" "Too many open files" -n 10
limited "files of 2 KiB" "limited by .ulimit -f" -f 4
for what in "bench crowd tas --accel=thread --ratio=1 --duration=0.1 --warmup=0" "run --accel=thread --duration=0.1"; do
	# shellcheck disable=SC2086
	(ulimit -f 4 && exec timeout -k 5 "$patience" "$TANDEM" $what) >"$dir/out" 2>"$dir/err"
	[ $? = 77 ] && grep -q 'limited by .ulimit -f' "$dir/err" && ! grep -q 'signal 25' "$dir/err"
	result $? "files of 2 KiB, $what: an error that says so"
done
echo before >"$dir/small.json"
(ulimit -f 4 && exec timeout -k 5 "$patience" "$TANDEM" bench pool --items=50 --runs=1 --json="$dir/small.json") \
	>"$dir/out" 2>"$dir/err"
[ $? = 1 ] && grep -q 'small.json.*limited by .ulimit -f' "$dir/err"
result $? "files of 2 KiB: results that do not fit are an error that says so"
[ "$(cat "$dir/small.json")" = before ] && [ -z "$(find "$dir" -name 'small.json?*')" ]
result $? "files of 2 KiB: what was there before is whole, and nothing is left beside it"
if [ -n "${INSTRUMENTED-}" ]; then
	skip "64 MiB of address space" "instrumentation needs more than that for itself"
else
	limited "64 MiB of address space" "memory" -v 65536
fi
tandem bench stream --accel=thread --notify=direct $quick --ring=32768 --frame=65536
[ $status = 2 ] && grep -q 'use a smaller' "$dir/err"
result $? "more memory than a guest can have: exit 2, with the way out"

# ---- little memory: a control group of ours

memory_group() { # where one can be made that limits memory; nothing: nowhere
	if [ -w /sys/fs/cgroup/memory/cgroup.procs ]; then
		echo "/sys/fs/cgroup/memory/tandem-e2e-$$ memory.limit_in_bytes"
	elif grep -qw memory /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null && [ -w /sys/fs/cgroup/cgroup.procs ]; then
		echo "/sys/fs/cgroup/tandem-e2e-$$ memory.max"
	fi
}
pids_group() { # the same for threads
	if [ -w /sys/fs/cgroup/pids/cgroup.procs ]; then
		echo "/sys/fs/cgroup/pids/tandem-e2e-$$ pids.max"
	elif grep -qw pids /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null && [ -w /sys/fs/cgroup/cgroup.procs ]; then
		echo "/sys/fs/cgroup/tandem-e2e-$$ pids.max"
	fi
}
in_group() { # in_group LIMIT COMMAND...: this (sub)shell becomes it
	sh -c 'echo $PPID' >"$group/cgroup.procs" && echo "$1" >"$group/$file" || exit 99
	shift
	exec "$@"
}
read -r group file <<-END
	$(memory_group)
END
if [ -z "$group" ] || ! mkdir "$group" 2>/dev/null; then
	skip "a small memory cgroup" "no control group can be made here that limits memory"
elif [ -n "${INSTRUMENTED-}" ]; then
	rmdir "$group"
	skip "a small memory cgroup" "instrumentation needs more than that for itself"
else
	for mib in 30 60; do
		(in_group $((mib << 20)) timeout -k 5 "$patience" "$TANDEM" run --accel=thread --duration=0.1) >"$dir/out" 2>"$dir/err"
		[ $? = 77 ] && grep -q "MiB of memory: the control group $group has $mib MiB, of which" "$dir/err"
		result $? "a memory cgroup of $mib MiB: said before it is too late, exit 77"
	done
	(in_group $((60 << 20)) timeout -k 5 "$patience" "$dir/tandem-e2e" bench rr --accel=thread --notify=direct --duration=20 --warmup=0 \
		--no-noise-check --json="$dir/killed.json") >"$dir/out" 2>"$dir/err" &
	pid=$!
	wait_guests
	(in_group $((60 << 20)) sh -c 'head -c 80000000 /dev/zero | tail -c 79000000') >/dev/null 2>&1
	wait $pid
	[ $? = 77 ] && grep -q "the kernel killed the measuring process for want of memory: .*$group has 60 MiB" "$dir/err"
	result $? "memory runs out: the kernel kills the measuring process, and the other one says so"
	grep -q '"ok": false' "$dir/killed.json"
	result $? "memory runs out: there are results, and they say that it failed"
	rmdir "$group"
fi

# ---- few threads: another one

read -r group file <<-END
	$(pids_group)
END
if [ -z "$group" ] || ! mkdir "$group" 2>/dev/null; then
	skip "a small pids cgroup" "no control group can be made here that limits threads"
else
	for pids in 1 3 4; do
		(in_group $pids "$TANDEM" bench rr --accel=thread --notify=direct --no-noise-check \
			--duration=0.1 --warmup=0) >"$dir/out" 2>"$dir/err"
		[ $? = 77 ] && grep -q 'no more threads may be made here: raise pids.max .* ulimit -u' "$dir/err"
		result $? "a pids cgroup of $pids: an error that says so, exit 77"
	done
	if [ $accel = kvm ]; then
		start=$(date +%s)
		(in_group 7 "$TANDEM" bench rr --accel=kvm --notify=direct --no-noise-check --duration=0.1 \
			--warmup=0) >"$dir/out" 2>"$dir/err"
		[ $? = 0 ] || { grep -q 'raise pids.max' "$dir/err" && [ $(($(date +%s) - start)) -lt 15 ]; }
		result $? "a pids cgroup of 7, with KVM's own threads: it runs, or says so at once"
	fi
	(in_group 6 "$TANDEM" doctor) >"$dir/out" 2>"$dir/err"
	grep -q "^WARN  threads .*pids.max of the control group $group is 6" "$dir/out"
	result $? "a pids cgroup of 6: doctor warns, and says whose limit it is"
	rmdir "$group"
fi

# ---- stopped and resumed

begin bench stream --json="$dir/out.json" --accel=$accel --duration=1.5 --notify=unbound --warmup=0.1
wait_guests
sleep 0.3
for p in $(children); do kill -s STOP "$p" 2>"$dir/junk"; done
sleep 6.5 # longer than any patience of its own
for p in $(children); do kill -s CONT "$p" 2>"$dir/junk"; done
ends "stopped for 6.5 s and resumed"
[ $status = 0 ] && lossless
result $? "stopped for 6.5 s and resumed: exit 0, nothing lost"

# Host threads are up at once: the stop is within the window, which is as much longer as it takes to get here.
window=$((2 * slowness))
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }
stopped() { # stopped ARG...: rr, for 2 s and some in its first run, at most $span s
	begin bench rr --json="$dir/out.json" --accel=thread --notify=direct --duration=$window --warmup=0.1 "$@"
	wait_guests
	sleep 0.7
	them=$(children) from=$(uptime_s)
	for p in $them; do kill -s STOP "$p" 2>"$dir/junk"; done
	sleep 2
	for p in $them; do kill -s CONT "$p" 2>"$dir/junk"; done
	span=$(awk -v from="$from" -v to="$(uptime_s)" 'BEGIN { print to - from + 0.1 }')
}
# What it is known to have been stopped for is less by up to a pause of the loop that watches, late on a busy host.
stop_is_known() {
	awk -v most="$span" '$1 == "\"stopped_s\":" { s = $2 + 0 } END { exit !(s >= 1.5 && s <= most) }' "$dir/out.json"
}
stopped
ends "stopped for 2 s"
[ $status = 0 ] && grep -Eq 'was stopped for [1-9][0-9.]* s while it was measured' "$dir/err" &&
	grep -q 'STOPPED for' "$dir/out" && grep -q '"interrupted_runs": 1,' "$dir/out.json" && stop_is_known
result $? "stopped for 2 s: that is said"
grep -q "\"duration_s\": $window\." "$dir/out.json"
result $? "stopped for 2 s: rates are of the time that it ran"
stopped --runs=2 --warmup-runs=0
ends "one of two runs stopped"
[ $status = 0 ] && grep -q 'this run does not count' "$dir/err" && grep -q '"interrupted_runs": 1,' "$dir/out.json" &&
	grep -q '"runs": 1,' "$dir/out.json"
result $? "one of two runs stopped: it is no sample"

# ---- moved to other CPUs

if ! command -v taskset >/dev/null || [ "$(nproc)" -lt 2 ]; then
	skip "moved to other CPUs" "it takes taskset and two CPUs"
else
	begin bench stream --json="$dir/out.json" --accel=$accel --duration=1.5 --notify=deferred --warmup=0.1
	wait_guests
	cpus=$(taskset -cp $$ | sed 's/.*: //')
	first=${cpus%%[,-]*}
	for turn in 1 2 3 4 5 6; do
		for p in $(children); do
			[ $((turn % 2)) = 0 ] && taskset -acp "$cpus" "$p" >/dev/null 2>&1 ||
				taskset -acp "$first" "$p" >/dev/null 2>&1
		done
		sleep 0.2
	done
	ends "moved to other CPUs six times"
	[ $status = 0 ] && lossless
	result $? "moved to other CPUs six times: exit 0, nothing lost"
fi

# A CPU goes and comes back: only where somebody says that nobody else needs it.
online=/sys/devices/system/cpu/cpu1/online
if [ "${TANDEM_TEST_CPU_OFFLINE-}" != 1 ] || [ ! -w $online ]; then
	skip "a CPU is taken offline" "set TANDEM_TEST_CPU_OFFLINE=1 where cpu1 may be taken away for a second"
else
	begin bench stream --json="$dir/out.json" --accel=$accel --duration=2 --notify=deferred --warmup=0.1
	wait_guests
	echo 0 >$online
	sleep 1
	echo 1 >$online
	ends "a CPU is taken offline"
	[ $status = 0 ] && lossless
	result $? "a CPU is taken offline: exit 0, nothing lost"
fi

# ---- two at once

(
	timeout "$patience" "$TANDEM" bench rr --accel=$accel --duration=1 --notify=unbound >"$dir/out2" 2>"$dir/err2"
	echo $? >"$dir/status2"
) &
tandem bench stream --accel=$accel --duration=1 --notify=direct --json="$dir/out.json"
wait $!
[ $status = 0 ] && lossless && [ "$(cat "$dir/status2")" = 0 ]
result $? "two at once: both exit 0, nothing lost"

# ---- an ordinary user in group kvm

as_user() { # as_user ARG...: tandem as nobody, in group 64000, to which a /dev/kvm in a namespace of ours belongs
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c '
		mknod "$1/kvm" c 10 232 && chgrp 64000 "$1/kvm" && chmod 660 "$1/kvm" &&
			mount --bind "$1/kvm" /dev/kvm || exit 99
		shift
		exec setpriv --reuid=65534 --regid=65534 --groups=64000 "$@"' \
		sh "$dir" timeout -k 5 "$patience" "$TANDEM" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	rm -f "$dir/kvm"
}
if [ $accel != kvm ] || ! can_be_nobody; then
	skip "an ordinary user in group kvm" "it takes root, setpriv and a /dev/kvm"
else
	as_user version
	if [ $status != 0 ]; then
		skip "an ordinary user in group kvm" "no namespace, no device node here, or nobody may not run $TANDEM"
	else
		# shellcheck disable=SC2086
		as_user bench rr $quick --accel=kvm --notify=unbound --json=-; cp "$dir/out" "$dir/out.json"
		[ $status = 0 ] && lossless
		result $? "an ordinary user in group kvm: accel kvm works"
		as_user doctor --confinement
		[ $status = 0 ] && grep -q '^tandem-a ' "$dir/out"
		result $? "an ordinary user in group kvm: doctor --confinement"
	fi
fi

finish
