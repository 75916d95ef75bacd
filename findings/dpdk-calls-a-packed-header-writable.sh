#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# DPDK, virtio-user with packed_vq=1: a frame of several segments is sent through an
# indirect table, and in it the first descriptor, the virtio-net header that the
# device must read, has VIRTQ_DESC_F_WRITE: "device writes this". The segments after
# it have not. (Its split rings have no such flag.) A device that checks directions
# as the specification orders them, readable before writable, refuses each such
# frame; one that trusts the flag reads the header as part of nothing, and loses the
# frame's checksum and segmentation requests. For transmit rings the flag must be
# ignored.
#
# Seen: DPDK 22.11.11-0+deb12u1: "12 bytes WRITE, 40 bytes, 24 bytes".
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
pmd=
trap 'kill -9 $pmd 2>/dev/null; wait; rm -rf --one-file-system "$tmp"' EXIT
no() { echo "skipped: $1"; exit 77; }

[ "$(uname -m)" = x86_64 ] || no "the packages are for x86_64"
[ "$(id -u)" = 0 ] || no "root is needed to give it a root directory of its own"
for tool in apt-get dpkg python3 mkfifo taskset unshare; do
	command -v $tool >/dev/null || no "$tool is not here"
done
cpus=$(taskset -cp $$ | sed 's/.*: //; s/-/,/' | cut -d, -f 1,2)
case $cpus in
*,*) ;;
*) no "dpdk-testpmd needs two CPUs" ;;
esac

# fetch PACKAGE=VERSION...: into $tmp/root, with all that they need.
fetch() {
	mkdir -p "$tmp/debs/partial"
	: >"$tmp/status"
	apt-get -qq -y --no-install-recommends --download-only -o Debug::NoLocking=true \
		-o Dir::State::status="$tmp/status" -o Dir::Cache::archives="$tmp/debs" \
		install "$@" >/dev/null 2>"$tmp/err" || no "$* is not to be had: $(tail -n 1 "$tmp/err")"
	for deb in "$tmp"/debs/*.deb; do
		case ${deb##*/} in
		lib*-dev_* | *python* | *perl*) continue ;;
		esac
		dpkg -x "$deb" "$tmp/root" || no "$deb cannot be unpacked"
	done
}
fetch dpdk-dev=22.11.11-0+deb12u1 librte-net-virtio23=22.11.11-0+deb12u1

cat >"$tmp/backend.py" <<'PY'
import mmap, os, socket, struct, sys, time

# Requests that are answered with a number: features (INDIRECT_DESC, PROTOCOL_FEATURES, VERSION_1,
# RING_PACKED), protocol features, queues.
ANSWERS = {1: 1 << 28 | 1 << 30 | 1 << 32 | 1 << 34, 15: 0, 17: 2}
TX = 1
WRITE, INDIRECT = 2, 4


class BackEnd:
    """Answers, and remembers memory, the transmit ring, and whether it was enabled."""

    def __init__(self, path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        listener.settimeout(60)
        self.socket = listener.accept()[0]
        self.ring = self.regions = None
        self.runs = False

    def take(self, request, payload, fds):
        if request in ANSWERS:
            self.socket.sendall(struct.pack("=IIIQ", request, 5, 8, ANSWERS[request]))
        elif request == 11:
            self.socket.sendall(struct.pack("=III", request, 5, 8) + payload)
        elif request == 5:
            table = struct.iter_unpack("=QQQQ", payload[8 : 8 + 32 * len(fds)])
            self.regions = [r + (os.dup(fd),) for r, fd in zip(table, fds)]
        elif request == 9 and payload[0] == TX:
            self.ring = struct.unpack("=IIQQQQ", payload)[2]
        elif request == 18 and payload[0] == TX:
            self.runs = payload[4] == 1

    def message(self):
        """Takes one; False if none comes for a second."""
        self.socket.settimeout(1)
        try:
            head, fds, _, _ = socket.recv_fds(self.socket, 12, 8)
        except TimeoutError:
            return False
        if len(head) < 12:
            sys.exit("the port hung up")
        request, _, size = struct.unpack("=III", head)
        self.take(request, self.socket.recv(size) if size else b"", list(fds))
        for fd in fds:
            os.close(fd)
        return True

    def descriptors(self, at, n):
        """At an address of the port's own; virtio-user's guest addresses are the same."""
        for _, size, user, offset, fd in self.regions:
            if user <= at < user + size:
                with mmap.mmap(fd, offset + size, prot=mmap.PROT_READ) as m:
                    p = offset + at - user
                    return list(struct.iter_unpack("=QIHH", m[p : p + 16 * n]))
        sys.exit("an address is in no region")


b = BackEnd(sys.argv[1])
while not b.runs or b.message():
    if not b.runs:
        b.message()
print("start tx_first", flush=True)
for _ in range(20):
    b.message()
    addr, size, _, flags = b.descriptors(b.ring, 1)[0]
    if addr:
        break
else:
    sys.exit("nothing is sent")
if not flags & INDIRECT:
    sys.exit("it is no table")
table = b.descriptors(addr, size // 16)
print(", ".join(f"{n} bytes{' WRITE' * bool(f & WRITE)}" for _, n, _, f in table), file=sys.stderr)
PY

# In a root directory of its own, since it loads the machine's drivers, too. The mounts end with it.
inside() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -m sh -c 'for each in proc sys dev; do
			mkdir -p "$0/$each" && mount --rbind "/$each" "$0/$each" || exit 1
		done
		exec chroot "$0" "$@"' "$tmp/root" "$@"
}

mkdir -p "$tmp/root/run" "$tmp/root/var/run"
mkfifo "$tmp/in"
exec 9<>"$tmp/in"
timeout 120 python3 "$tmp/backend.py" "$tmp/root/run/a.sock" >&9 2>"$tmp/said" &
backend=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -S "$tmp/root/run/a.sock" ] || sleep 1
done
inside dpdk-testpmd --no-huge -m 256 --no-pci -l "$cpus" --no-telemetry --single-file-segments \
	--vdev=net_virtio_user0,path=/run/a.sock,packed_vq=1 -- --total-num-mbufs=4096 --no-mlockall \
	--txpkts=40,24 --tx-offloads=0x8000 -i <"$tmp/in" >"$tmp/pmd" 2>&1 9>&- &
pmd=$!
wait $backend
said=$(cat "$tmp/said")
echo "$said"
case $said in
"12 bytes WRITE, 40 bytes, 24 bytes") exit 0 ;;
"12 bytes"*) echo "changed"; exit 1 ;;
*) no "testpmd does not send: $(tail -n 1 "$tmp/pmd")" ;;
esac
