#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# QEMU: rx_queue_size and tx_queue_size of virtio-net, the ring sizes that the guest
# is offered, hold on PCI only. On virtio-mmio (microvm, Arm's virt) the option is
# taken without a word, and QueueNumMax is 1024 whatever it says. So the same guest
# has rings of 256 on one and of 1024 on the other, and a vhost-user back end sees
# SET_VRING_NUM 1024 from a QEMU that was told 256.
#
# Seen: QEMU 1:7.2+dfsg-7+deb12u18+b3, no guest, registers read:
#   rx_queue_size=256: PCI 256, MMIO 1024
#   rx_queue_size=512: PCI 512, MMIO 1024
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
fetch qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3

# ask OPTION...: register accesses from standard input, on a machine whose CPUs
# stand still; the last answer.
ask() {
	lib=$tmp/root/usr/lib/x86_64-linux-gnu
	QEMU_MODULE_DIR=$lib/qemu timeout 60 "$tmp/root/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
		--library-path "$lib:$tmp/root/lib/x86_64-linux-gnu" "$tmp/root/usr/bin/qemu-system-x86_64" \
		-L "$tmp/root/usr/share/qemu" -L "$tmp/root/usr/share/seabios" -S -display none -nodefaults \
		-netdev hubport,id=h,hubid=0 -qtest stdio -qtest-log /dev/null "$@" 2>"$tmp/err" |
		awk '$1 == "OK" && $2 { last = $2 } END { print last }'
}

# A transitional device in slot 4: its I/O BAR at 0xc000, queue 0, its size.
on_pci() {
	printf '%s\n' "outl 0xcf8 0x80002010" "outl 0xcfc 0xc000" "outl 0xcf8 0x80002004" "outw 0xcfc 1" \
		"outw 0xc00e 0" "inw 0xc00c" |
		ask -M pc -device "virtio-net-pci,netdev=h,romfile=,addr=4,rx_queue_size=$1"
}

# The transport that microvm uses first: queue 0, QueueNumMax.
on_mmio() {
	printf '%s\n' "writel 0xfeb02e30 0" "readl 0xfeb02e34" |
		ask -M microvm -device "virtio-net-device,netdev=h,rx_queue_size=$1"
}

seen=
for size in 256 512; do
	pci=$(on_pci $size) mmio=$(on_mmio $size)
	if [ -z "$pci" ] || [ -z "$mmio" ]; then
		no "QEMU does not start: $(tail -n 1 "$tmp/err")"
	fi
	line="rx_queue_size=$size: PCI $((pci)), MMIO $((mmio))"
	echo "$line"
	seen="$seen$line;"
done
[ "$seen" = "rx_queue_size=256: PCI 256, MMIO 1024;rx_queue_size=512: PCI 512, MMIO 1024;" ] ||
	{ echo "changed"; exit 1; }
