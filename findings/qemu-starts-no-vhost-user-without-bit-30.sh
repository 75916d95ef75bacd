#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# QEMU as vhost-user front end: VHOST_USER_F_PROTOCOL_FEATURES (bit 30) is optional
# in the protocol; a ring of a back end without it needs no SET_VRING_ENABLE. QEMU
# connects to such a network back end without complaint, but when the guest's driver
# starts, it gives up with EINVAL before it has sent features, memory or a ring, and
# says that it falls back on userspace virtio, though this netdev has no other path
# for frames. So the smallest back end that the specification allows is too small
# (10.0.13, too; 11.1.3 starts it).
#
# Seen: QEMU 1:7.2+dfsg-7+deb12u18+b3, iPXE 1.0.0+git-20190125.36a4c85-5.1 as driver:
#   with bit 30: 2 rings
#   without: 0 rings, unable to start vhost net: 22: falling back on userspace virtio
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
backend=
trap 'kill $backend 2>/dev/null; rm -rf "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
for tool in apt-get dpkg python3 timeout; do
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

cat >"$tmp/backend.py" <<'PY'
import os, socket, struct, sys

# Requests that are answered with a number: features (as told), protocol features, queues.
ANSWERS = {1: int(sys.argv[2], 0), 15: 0, 17: 2}
GET_VRING_BASE, SET_VRING_KICK = 11, 12

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
front, _ = listener.accept()
while True:
    head, fds, _, _ = socket.recv_fds(front, 12, 8)
    for fd in fds:
        os.close(fd)
    if len(head) < 12:
        break
    request, _, size = struct.unpack("=III", head)
    payload = front.recv(size) if size else b""
    if request in ANSWERS:
        front.sendall(struct.pack("=IIIQ", request, 5, 8, ANSWERS[request]))
    elif request == GET_VRING_BASE:
        front.sendall(struct.pack("=III", request, 5, 8) + payload)
    elif request == SET_VRING_KICK:
        print(f"ring {payload[0]}", flush=True)
PY

qemu() {
	lib=$tmp/root/usr/lib/x86_64-linux-gnu
	QEMU_MODULE_DIR=$lib/qemu timeout 120 "$tmp/root/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
		--library-path "$lib:$tmp/root/lib/x86_64-linux-gnu" "$tmp/root/usr/bin/qemu-system-x86_64" \
		-L "$tmp/root/usr/share/qemu" -L "$tmp/root/usr/share/seabios" -L "$tmp/root/usr/lib/ipxe/qemu" "$@"
}

# What the monitor is told: to quit, once both rings run or it has given up.
quit_later() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		grep -q "unable to start" "$tmp/err" && break
		grep -q "ring 1" "$tmp/rings" && break
		sleep 2
	done
	echo quit
}

# look FEATURES: how many rings a back end gets that offers them, and what QEMU says.
look() {
	rm -f "$tmp/sock"
	: >"$tmp/err"
	timeout 150 python3 "$tmp/backend.py" "$tmp/sock" "$1" >"$tmp/rings" &
	backend=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -S "$tmp/sock" ] || sleep 1
	done
	quit_later | qemu -M pc,memory-backend=m -accel tcg -m 64 -display none -nodefaults -monitor stdio -boot n \
		-object memory-backend-memfd,id=m,size=64M,share=on -chardev "socket,id=c,path=$tmp/sock" \
		-netdev vhost-user,id=h,chardev=c -device virtio-net-pci,netdev=h,vectors=0 >/dev/null 2>"$tmp/err"
	wait $backend
	echo "$(sort -u "$tmp/rings" | wc -l) rings$(sed -n 's/.*\(unable to start\)/, \1/p' "$tmp/err")"
}

# VIRTIO_F_VERSION_1, with and without the bit.
with=$(look 0x140000000)
without=$(look 0x100000000)
echo "with bit 30: $with"
echo "without: $without"
[ "$with" = "2 rings" ] || no "no ring runs with the bit: $(tail -n 1 "$tmp/err")"
case $without in
"0 rings, unable to start vhost net: 22: falling back on userspace virtio"*) exit 0 ;;
*) echo "changed"; exit 1 ;;
esac
