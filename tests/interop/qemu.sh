#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# timeout: 300
#
# Two guests of QEMU with a stock kernel of Debian, under emulation, on both sides of `tandem backend`: ping and TCP,
# a reset, stop and cont, a backend that is killed, a power-off. Then one of them with DPDK on the other side.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/../e2e/tap"
# shellcheck source=tests/e2e/processes
. "$here/../e2e/processes"
# shellcheck source=tests/interop/testpmd
. "$here/testpmd"

[ "$(uname -m)" = x86_64 ] || skip_all "the guests are of x86_64"
if [ -n "${CI-}" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
	for package in qemu-system-x86 busybox-static ethtool; do
		dpkg -s $package >/dev/null 2>&1 ||
			apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 $package >/dev/null 2>&1
	done
fi
qemu=$(command -v qemu-system-x86_64) ||
	skip_all "no qemu-system-x86_64; install it with: apt-get install --no-install-recommends qemu-system-x86"
busybox=$(command -v busybox)
{ [ -n "$busybox" ] && "$busybox" httpd --help >/dev/null 2>&1 && ! ldd "$busybox" >/dev/null 2>&1; } ||
	skip_all "no busybox without libraries; install it with: apt-get install busybox-static"
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
[ "$free" -gt 900000 ] || skip_all "two guests need 900 MiB of free memory"

a=$dir/a.sock b=$dir/b.sock guest_a='' guest_b='' port=''
trap 'ends_guests; ends_port; pmd_cleans; rm -rf "$dir"' EXIT

# ---- the guests' kernel and initrd

# fetch: a stock kernel's package, as $deb: Debian 12's, or that of whatever release this machine is of.
fetch() {
	name=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
	[ -n "$name" ] || return 1
	cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tandem/interop
	mkdir -p "$cache" || return 1
	deb=$(find "$cache" -name "${name}_*.deb" | sort | tail -n 1)
	[ -n "$deb" ] || (cd "$cache" && apt-get download -qq "$name") >/dev/null 2>&1
	deb=$(find "$cache" -name "${name}_*.deb" | sort | tail -n 1)
	[ -n "$deb" ]
}
fetch || skip_all "no stock kernel: apt-get download of linux-image-cloud-amd64's package fails"
dpkg-deb -x "$deb" "$dir/kernel" || skip_all "$deb: not a package that can be unpacked"
kernel=$(echo "$dir"/kernel/boot/vmlinuz-*)

root=$dir/root
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/modules" "$root/www/cgi-bin"
cp "$busybox" "$root/bin/busybox"
cp "$here/qemu-init" "$root/init"
head -c 1048576 /dev/urandom >"$root/www/data"
printf '#!/bin/sh\nprintf "\\n\\n"\necho >>/www/told\n' >"$root/www/cgi-bin/done"
chmod 755 "$root/init" "$root/www/cgi-bin/done"
# With the libraries it wants.
ethtool=$(command -v ethtool)
for file in $ethtool $([ -z "$ethtool" ] || ldd "$ethtool" | grep -o '/[^ ]*'); do
	mkdir -p "$root$(dirname "$file")"
	cp -L "$file" "$root$file"
done
# In the order of loading. A kernel that has one built in has no such file.
k=10
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net; do
	file=$(find "$dir/kernel" -name "$module.ko*")
	case $file in
	*.xz) xz -dc "$file" >"$root/modules/$k-$module.ko" ;;
	*.ko) cp "$file" "$root/modules/$k-$module.ko" ;;
	esac
	k=$((k + 1))
done
(cd "$root" && find . | "$busybox" cpio -o -H newc) >"$dir/initrd" 2>/dev/null
rm -rf "$root"

# ---- what the test does

# serve ARG...: a backend on both sockets, in the background.
serve() {
	begin backend --socket-a="$a" --socket-b="$b" --duration=300 "$@"
	wait_until 100 said "$dir/out" 'Ctrl-C ends it'
}

# guest SIDE MTU PAIRS: QEMU in the background, its process in $guest_SIDE, its console in $dir/SIDE.log; fd 8 (a) or 9 (b)
# is its monitor. QEMU 7.2 does not start vhost-user with MSI-X under emulation, hence vectors=0.
guest() {
	several=
	[ "$3" = 1 ] || several=,mq=on
	: >"$dir/$1.log"
	mkfifo "$dir/$1.mon"
	"$qemu" -machine q35,memory-backend=mem -accel tcg -cpu max -smp "$3" -m 192 -nodefaults -no-user-config \
		-object memory-backend-memfd,id=mem,size=192M,share=on -display none \
		-serial "file:$dir/$1.log" -monitor stdio -kernel "$kernel" -initrd "$dir/initrd" \
		-append "console=ttyS0 quiet panic=-1 side=$1 mtu=$2 pairs=$3" \
		-chardev "socket,id=c,path=$dir/$1.sock,reconnect=1" -netdev "vhost-user,id=n,chardev=c,queues=$3" \
		-device "virtio-net-pci,netdev=n,vectors=0,romfile=,mac=52:54:00:00:00:0$1,host_mtu=$2$several" \
		<"$dir/$1.mon" >"$dir/$1.qemu" 2>&1 &
	eval "guest_$1=$!"
}

ends_guests() {
	for guest in $guest_a $guest_b; do
		kill -9 "$guest" 2>/dev/null
		wait "$guest" 2>/dev/null
	done
	guest_a='' guest_b=''
}

console() { tr -d '\000\r' <"$dir/$1.log" 2>/dev/null | grep -a "^TANDEM $2"; }
how_often() { console "$1" "$2" | wc -l; }
# has SIDE TEXT N: that result has come N times
has() { [ "$(how_often "$1" "$2")" -ge "$3" ]; }

# sees SIDE TEXT N NAME: within a minute of a quiet machine
sees() {
	wait_until 600 has "$1" "$2" "$3"
	seen=$?
	if [ $seen != 0 ]; then
		tr -d '\000\r' <"$dir/$1.log" | tail -n 15 | sed "s/^/# $1: /"
		sed "s/^/# qemu $1: /" "$dir/$1.qemu" | tail -n 5
	fi
	result $seen "$4"
}
alive() { how_often b alive; }

# pair NAME MTU PAIRS ARG...: two guests on a backend; ping and TCP, both ways.
pair() {
	name=$1 mtu=$2 pairs=$3
	shift 3
	serve --queue-pairs="$pairs" "$@"
	guest a "$mtu" "$pairs"
	exec 8>"$dir/a.mon"
	guest b "$mtu" "$pairs"
	exec 9>"$dir/b.mon"
	for side in a b; do
		sees $side "ping 10 of 10" 1 "$name: $side pings the other side"
		sees $side "fetched 1048576 bytes, the same" 1 "$name: $side fetches 1 MiB by TCP"
	done
	# A side that is reset while it is being told, or tells, loses that: each has told the other before.
	for side in a b; do
		sees $side alive 1 "$name: $side has told the other side"
	done
	echo "# $(console a up)"
}

# ends_backend NAME: it is asked to end, and has nothing to complain of.
ends_backend() {
	kill "$pid"
	ends "$1"
	sed -n 's/^\(.\): sent/# \1 sent/p; s/^   connected/# connected/p' "$dir/out"
	[ "$status" = 0 ] && [ ! -s "$dir/err" ] && [ "$(grep -c 'queues broken 0$' "$dir/out")" = 2 ] &&
		[ "$(grep -c ' 0 refused;' "$dir/out")" = 2 ]
	result $? "$1: nothing is refused or broken"
}

# over NAME: both guests are gone.
over() {
	ends_guests
	exec 8>&- 9>&-
	rm -f "$dir"/?.mon "$dir"/?.log
	ends_backend "$1"
	merging=0
	for features in $(sed -n 's/.*features \(0x[0-9a-f]*\)$/\1/p' "$dir/out"); do
		merging=$((merging + (features >> 15 & 1)))
	done
	[ $merging = 2 ]
	result $? "$1: mergeable buffers are agreed on"
}

# ---- frames of 1,500 bytes: reset, stop, a backend that is killed, power-off

pair "Linux" 1500 1
echo system_reset >&9
sees b "fetched 1048576 bytes, the same" 2 "reset: b comes back and fetches again"
sees a off 1 "power-off: a is told and goes"
over "Linux"

# ---- frames of 9,000 bytes over receive buffers of 1,536, two pairs of queues; the worker delivers

pair "mtu 9000" 9000 2 --notify=deferred
for side in a b; do
	sees $side "pairs 2, sent on the second: 5 of 5" 1 "two pairs: $side has them, and its second pair sends"
	if [ -n "$ethtool" ]; then
		sees $side "pairs 1, ping 5 of 5" 1 "two pairs: $side goes on with one (ethtool -L)"
		sees $side "pairs 2, ping 5 of 5" 1 "two pairs: $side goes on with two again"
	else
		skip "two pairs: $side goes on with one (ethtool -L)" "no ethtool; install it with: apt-get install ethtool"
	fi
done
echo stop >&9
echo info status >&9
wait_until 200 grep -q paused "$dir/b.qemu"
before=$(alive)
echo cont >&9
sees b alive $((before + 2)) "stop and cont: b goes on"
kill -9 "$pid"
wait_nobody
before=$(alive)
serve --queue-pairs=2 --notify=deferred
sees b alive $((before + 2)) "the backend was killed: another takes its place"
over "mtu 9000"

# ---- a guest of QEMU with split rings, a port of DPDK's with packed ones that answers pings

against_dpdk() {
	serve
	guest a 1500 1
	exec 8>"$dir/a.mon"
	mkfifo "$dir/in"
	exec 9<>"$dir/in" # what testpmd is told; at its end it would end
	testpmd --vdev="net_virtio_user0,path=$b,packed_vq=1,mrg_rxbuf=1" -- --nb-cores=1 --forward-mode=icmpecho \
		--total-num-mbufs=8192 --no-mlockall -i --auto-start <"$dir/in" >"$dir/pmd" 2>&1 9>&- &
	# shellcheck disable=SC2034 # ends_port()'s
	port=$!
	sees a "ping 10 of 10" 1 "DPDK: it answers a guest of QEMU, frames of 1,400 bytes"
	ends_guests
	ends_port
	exec 8>&- 9>&-
	ends_backend "DPDK"
}
if finds_testpmd; then
	against_dpdk
else
	skip "DPDK: it answers a guest of QEMU" "$lacks"
fi

finish
