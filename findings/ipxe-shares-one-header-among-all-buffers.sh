#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# iPXE's virtio-net driver, QEMU's boot ROM: each of its eight receive chains is two
# descriptors, a header of 12 bytes and a buffer of 1518, and all eight headers are
# the same 12 bytes of memory. So descriptors that the device may write overlap on a
# healthy driver's ring: a check that calls that an error refuses it, and what a
# device writes into a header ahead of time, or compares it with afterwards, belongs
# to another frame.
#
# (QEMU's "info virtio-queue-element", which shows it, lists a chain from its last
# descriptor to the first.)
#
# Seen: QEMU 1:7.2+dfsg-7+deb12u18+b3, iPXE 1.0.0+git-20190125.36a4c85-5.1:
# "8 chains, 8 buffers of 1518, 1 header of 12".
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
trap 'rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
for tool in apt-get dpkg awk timeout; do
	command -v $tool >/dev/null || no "$tool is not here"
done

# fetch PACKAGE=VERSION...: into $tmp/root, with all that they need.
fetch() {
	mkdir -p "$tmp/debs/partial"
	: >"$tmp/status"
	apt-get -qq -y --no-install-recommends --download-only -o Debug::NoLocking=true \
		-o Dir::State::status="$tmp/status" -o Dir::Cache::archives="$tmp/debs" \
		install "$@" >/dev/null 2>"$tmp/err" || no "$* is not to be had: $(tail -n 1 "$tmp/err")"
	for deb in "$tmp"/debs/*.deb; do
		dpkg -x "$deb" "$tmp/root" || no "$deb cannot be unpacked"
	done
}
fetch qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3 ipxe-qemu=1.0.0+git-20190125.36a4c85-5.1

qemu() {
	lib=$tmp/root/usr/lib/x86_64-linux-gnu
	QEMU_MODULE_DIR=$lib/qemu timeout 120 "$tmp/root/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
		--library-path "$lib:$tmp/root/lib/x86_64-linux-gnu" "$tmp/root/usr/bin/qemu-system-x86_64" \
		-L "$tmp/root/usr/share/qemu" -L "$tmp/root/usr/share/seabios" -L "$tmp/root/usr/lib/ipxe/qemu" "$@"
}

# until_said PATTERN QUESTION: asks each second, a minute long.
until_said() {
	turn=0
	while [ $turn -lt 60 ] && ! grep -q "$1" "$tmp/said"; do
		sleep 1
		echo "$2"
		turn=$((turn + 1))
	done
	grep -q "$1" "$tmp/said"
}

# What the monitor is asked. A chain only when there is a ring, and buffers in it.
ask() {
	device=/machine/peripheral/n/virtio-backend
	if until_said 'desc: *0x0*[1-9a-f]' "info virtio-queue-status $device 0" &&
		until_said '^ *idx: *8' "info virtio-queue-element $device 0 0"; then
		for chain in 0 1 2 3 4 5 6 7; do
			echo "info virtio-queue-element $device 0 $chain"
		done
	fi
	echo quit
}

: >"$tmp/said"
ask | qemu -M pc -accel tcg -m 64 -display none -nodefaults -monitor stdio -boot n \
	-netdev hubport,id=h,hubid=0 -device virtio-net-pci,id=n,netdev=h >"$tmp/said" 2>"$tmp/err"
grep -q '^ *idx: *8' "$tmp/said" || no "iPXE does not start: $(tail -n 1 "$tmp/err")"
seen=$(awk '$1 == "index:" { head = $2 }
	$1 == "addr" && !chain[head]++ { chains++ }
	$1 == "addr" && $4 == 1518 && !buffer[$2]++ { buffers++ }
	$1 == "addr" && $4 == 12 && !header[$2]++ { headers++ }
	END { printf "%d chains, %d buffers of 1518, %d header of 12\n", chains, buffers, headers }' "$tmp/said")
echo "$seen"
[ "$seen" = "8 chains, 8 buffers of 1518, 1 header of 12" ] || { echo "changed"; exit 1; }
