#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# DPDK, virtio-user with server=1: when a vhost-user back end connects again, the
# port names base 0 for its split rings (SET_VRING_BASE) although they have moved,
# and does not reset them. A back end that believes it takes every descriptor a
# second time. What is true stands in the ring: used->idx.
#
# Seen: DPDK 22.11.11 of Debian 12: "used index 32, base 0".
#
# 0: as described; 1: it has changed; 77: cannot run here.
set -u

tmp=$(mktemp -d) || exit 77
pmd=
trap 'kill -9 $pmd 2>/dev/null; rm -rf "$tmp" "/run/dpdk/finding-$$"' EXIT
no() { echo "skipped: $1"; exit 77; }

for tool in dpdk-testpmd python3 mkfifo taskset; do
	command -v $tool >/dev/null || no "$tool is not here"
done
drivers=
for each in /usr/lib/*/dpdk/pmds-*; do
	[ ! -e "$each/librte_net_virtio.so" ] || drivers=$each
done
[ -n "$drivers" ] || no "librte-net-virtio is not here"
cpus=$(taskset -cp $$ | sed 's/.*: //; s/-/,/' | cut -d, -f 1,2)
case $cpus in
*,*) ;;
*) no "dpdk-testpmd needs two CPUs" ;;
esac

cat >"$tmp/backend.py" <<'PY'
import mmap, os, socket, struct, sys, time

# Requests that are answered with a number: features (VERSION_1, PROTOCOL_FEATURES), protocol features, queues.
ANSWERS = {1: 1 << 32 | 1 << 30, 15: 0, 17: 2}
TX = 1
USED, AVAIL = 3, 4  # in SET_VRING_ADDR


class BackEnd:
    """Answers, and remembers where the transmit ring is and which base was named for it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(sys.argv[1])
        self.base = self.addr = self.regions = None

    def take(self, request, size, fds):
        payload = self.socket.recv(size) if size else b""
        if request in ANSWERS:
            self.socket.sendall(struct.pack("=IIIQ", request, 5, 8, ANSWERS[request]))
        elif request == 11:
            self.socket.sendall(struct.pack("=III", request, 5, 8) + payload)
        elif request == 5:
            table = struct.iter_unpack("=QQQQ", payload[8 : 8 + 32 * len(fds)])
            self.regions = [r + (os.dup(fd),) for r, fd in zip(table, fds)]
        elif request == 9 and payload[0] == TX:
            self.addr = struct.unpack("=IIQQQQ", payload)
        elif request == 10 and payload[0] == TX:
            self.base = struct.unpack("=II", payload)[1]
        for fd in fds:
            os.close(fd)

    def converse(self, seconds):
        end = time.time() + seconds
        while time.time() < end:
            self.socket.settimeout(max(0.01, end - time.time()))
            try:
                head, fds, _, _ = socket.recv_fds(self.socket, 12, 8)
            except TimeoutError:
                return
            if len(head) < 12:
                sys.exit("the port hung up")
            request, _, size = struct.unpack("=III", head)
            self.take(request, size, list(fds))

    def ring(self, at, write=None):
        """The index (at + 2) of a ring's half, by the port's own address; or writes it."""
        for _, size, user, offset, fd in self.regions:
            if user <= at < user + size:
                with mmap.mmap(fd, offset + size) as m:
                    p = offset + at - user + 2
                    if write is not None:
                        m[p : p + 2] = struct.pack("=H", write)
                    return struct.unpack("=H", m[p : p + 2])[0]
        sys.exit("the ring is in no region")


for _ in range(300):
    try:
        first = BackEnd()
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit("testpmd does not listen")
first.converse(5)
print("start tx_first", flush=True)
first.converse(3)
# All that was sent is used, and the port knows: it looks before it sends again.
first.ring(first.addr[USED], first.ring(first.addr[AVAIL]))
first.socket.close()
time.sleep(1)
again = BackEnd()
again.converse(5)
print(f"used index {again.ring(again.addr[USED])}, base {again.base}", file=sys.stderr)
PY

mkfifo "$tmp/in"
exec 9<>"$tmp/in"
dpdk-testpmd --no-huge -m 256 --no-pci -l "$cpus" --no-telemetry --file-prefix="finding-$$" -d "$drivers" \
	--single-file-segments --vdev="net_virtio_user0,path=$tmp/a.sock,server=1" \
	-- --total-num-mbufs=4096 --no-mlockall -i <"$tmp/in" >"$tmp/pmd" 2>&1 9>&- &
pmd=$!
timeout 60 python3 "$tmp/backend.py" "$tmp/a.sock" >&9 2>"$tmp/said"
cat "$tmp/said"
case $(cat "$tmp/said") in
"used index 0, base "*) no "the ring did not move" ;;
"used index "*", base 0") exit 0 ;;
"used index "*) exit 1 ;;
*) no "testpmd does not talk to the back end" ;;
esac
