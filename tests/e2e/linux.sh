#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Stock kernels as guests, as far as a machine without KVM can tell: what is wrong with the files and the options.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"

case $(uname -m) in
x86_64) ;;
*) skip_all "a stock kernel as a guest is not there yet on $(uname -m)" ;;
esac

# put OFFSET BYTES FILE: bytes as printf has them.
# shellcheck disable=SC2059 # that is the point
put() {
	printf "$2" | dd of="$3" bs=1 seek="$1" conv=notrunc 2>/dev/null
}

# A bzImage as small as they come: 2 KiB of setup, 8 KiB of code, wants 16 MiB + 4 MiB.
kernel=$dir/bzImage
dd if=/dev/zero of="$kernel" bs=1024 count=10 2>/dev/null
put $((0x1f1)) '\003' "$kernel"
put $((0x1f4)) '\000\002' "$kernel"
put $((0x1fe)) '\125\252\353\152HdrS\017\002' "$kernel"
put $((0x22c)) '\377\377\377\177' "$kernel"
put $((0x236)) '\001\000\377\007' "$kernel"
put $((0x25b)) '\001' "$kernel" # 0x258: 0x01000000
put $((0x262)) '\100' "$kernel" # 0x260: 0x00400000

linux="run --guest=linux --guest-kernel=$kernel"
# shellcheck disable=SC2086 # a list of options
{
	refuses "a kernel that is not there" "guest-kernel=$dir/none: No such file" run --guest=linux \
		--guest-kernel="$dir/none"
	refuses "a program instead of a kernel" "an ELF file, perhaps vmlinux; give a bzImage" run --guest=linux \
		--guest-kernel="$TANDEM"
	refuses "an initrd that is not there" "guest-initrd=$dir/none: No such file" $linux --guest-initrd="$dir/none"
	refuses "too little memory" "needs 20 MiB of memory to start, and the guest has 16; raise --guest-mem" $linux \
		--guest-mem=16
	head -c 6000000 /dev/zero >"$dir/initrd"
	refuses "an initrd that is too large" "initrd too large: 5 MiB, and of the guest's 25 MiB 5 are free" $linux \
		--guest-mem=25 --guest-initrd="$dir/initrd"
	refuses "a command line that is too long" "characters" $linux --guest-append="$(printf '%05000d' 0)"
	refuses "a workload" "'rr' with --guest=linux" run rr --guest=linux --guest-kernel="$kernel"
	refuses "guests that are host threads" "a stock kernel needs KVM" $linux --accel=thread
	refuses "an option of stock kernels without them" "--guest-mem: is for stock kernels; add --guest=linux" run \
		--guest-mem=64
	tcp="bench tcp --guest-kernel=$kernel"
	refuses "tcp of the bundled guest" "tandem's own guest has no TCP; use --guest=linux" $tcp --guest=bundled
	refuses "tcp: messages that a driver addresses itself" "use msi or ioapic" $tcp --irq=ioapic,msi-broadcast
	refuses "tcp: an argument" "unexpected argument 'rr'" $tcp rr
	refuses "tcp: no streams" "--streams=0" $tcp --streams=0
	refuses "tcp: too many streams" "--streams=65" $tcp --streams=65
	refuses "tcp: writes of nothing" "--size=0" $tcp --size=0
	refuses "tcp: writes that are too large" "--size=2M" $tcp --size=2M
	refuses "tcp: an option of run" "--console" $tcp --console="$dir/b"
	refuses "tcp: results that cannot be written" "$dir/none/out.json" $tcp --json="$dir/none/out.json"
	refuses "tcp: a kernel that is not there" "guest-kernel=$dir/none: No such file" bench tcp \
		--guest-kernel="$dir/none"
	refuses "tcp: too little memory" "needs 20 MiB of memory to start, and the guest has 16" $tcp --guest-mem=16
	refuses "tcp: a command line that is too long" "characters" $tcp --guest-append="$(printf '%05000d' 0)"
	seed="bench seed --guest-kernel=$kernel"
	refuses "seed: messages that a driver addresses itself" "bench seed: --irq=msi-broadcast.*use msi or ioapic" \
		$seed --irq=all
	refuses "seed: an argument" "bench seed: unexpected argument 'rr'" $seed rr
	refuses "seed: an option of bench" "bench seed: --window is not an option here" $seed --window=16
	refuses "seed: a mode that there is not" "--preempt=some" $seed --preempt=some
	refuses "seed: a slice that is none" "--slice=0x" $seed --slice=0x
	refuses "seed: more combinations than there are rows" "bench seed: more than 128 combinations; ask for fewer" \
		$seed --preempt=none,voluntary,full,lazy,rt --slice=1x,2x,3x,4x
	refuses "seed: too little memory" "needs 20 MiB of memory to start, and the guest has 16" $seed --guest-mem=16
	head -c 6000 "$kernel" >"$dir/cut"
	refuses "a truncated kernel" "truncated: 6000 bytes of 10240" run --guest=linux --guest-kernel="$dir/cut"
	put $((0x202)) 'none' "$kernel"
	put 56 'ARM\144' "$kernel"
	refuses "a kernel for another machine" "an arm64 kernel, which this machine cannot run" $linux
}

# Without KVM the rest is for the lab.
if [ ! -e /dev/kvm ]; then
	tandem bench tcp --json="$dir/tcp.json"
	[ $status = 77 ] && grep -q '/dev/kvm is not there' "$dir/err" && [ ! -e "$dir/tcp.json" ] && [ ! -s "$dir/out" ]
	result $? "tcp without KVM: 77, the reason, no file (status $status)"
	tandem bench seed --json="$dir/seed.json"
	[ $status = 77 ] && grep -q '^tandem: bench seed: /dev/kvm is not there' "$dir/err" && [ ! -e "$dir/seed.json" ] &&
		[ "$(wc -l <"$dir/err")" = 1 ] && [ ! -s "$dir/out" ]
	result $? "seed without KVM: the same (status $status)"
fi
tandem bench tcp --help
[ $status = 0 ] && grep -q -- '--streams=N' "$dir/out" && [ ! -s "$dir/err" ]
result $? "tcp has help of its own"

finish
