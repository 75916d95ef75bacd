#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# timeout: 170
#
# DPDK's own driver on both sides of `tandem backend`: two virtio-user ports of dpdk-testpmd send
# what they receive back and forth.
set -u
here=$(dirname "$0")/../e2e
# shellcheck source=tests/e2e/tap
. "$here/tap"
# shellcheck source=tests/e2e/processes
. "$here/processes"

# shellcheck source=tests/interop/testpmd
. "$here/../interop/testpmd"
finds_testpmd || skip_all "$lacks"

a=$dir/a.sock b=$dir/b.sock
trap 'ends_port; ends_second; pmd_cleans; rm -rf "$dir"' EXIT
mkfifo "$dir/in"
exec 9<>"$dir/in" # what testpmd is told
mkfifo "$dir/in_b"
exec 8<>"$dir/in_b" # the same for a second one
port='' port_b=''

# serve ARG...: a backend on both sockets, in the background.
serve() {
	begin backend --socket-a="$a" --socket-b="$b" --duration=100 "$@"
	wait_until 100 said "$dir/out" 'Ctrl-C ends it'
}

# pair A B ARG...: both ports, in the background; A and B are options of the driver, ARGs testpmd's.
pair() {
	driver_a=$1 driver_b=$2
	shift 2
	testpmd --vdev="net_virtio_user0,path=$a,$driver_a" --vdev="net_virtio_user1,path=$b,$driver_b" \
		-- --nb-cores=1 --forward-mode=io --total-num-mbufs=8192 --no-mlockall -i "$@" \
		<"$dir/in" >"$dir/pmd" 2>&1 8>&- 9>&- &
	# shellcheck disable=SC2034 # ends_port()'s
	port=$!
	echo "start tx_first" >&9
}

second_testpmd() {
	pmd_prefix=$pmd_prefix-b
	testpmd "$@"
}
ends_second() {
	[ -z "$port_b" ] || kill -9 "$port_b" 2>/dev/null
	[ -z "$port_b" ] || wait "$port_b" 2>/dev/null
	port_b=
}

# ports OPTIONS ARG...: both alike.
ports() { pair "$1" "$@"; }

frames() { sed -n 's/.* s  *\([0-9]*\) frames .*/\1/p' "$dir/out" | tail -n 1; }
# As the backend's last line has it: both are there, and frames have moved since `before`.
moved() {
	tail -n 1 "$dir/out" | grep -q 'a up  b up' && [ "$(($(frames) - before))" -ge 20000 ]
}
both_gone() { tail -n 1 "$dir/out" | grep -q 'a -  b -'; }

# flows NAME: frames move, and both sides are up.
flows() {
	before=$(frames)
	before=${before:-0}
	wait_until 200 moved
	status=$?
	[ $status = 0 ] || tr -d '\000' <"$dir/pmd" | sed 's/^/# dpdk: /' | tail -n 15
	result $status "$1"
}

# over NAME: the backend is asked to end. Nothing was refused, dropped or broken, and both sides sent.
over() {
	ends_port
	kill "$pid"
	ends "$1"
	sed -n 's/^\(.\): sent \([0-9]*\) frames.*/# \1 sent \2 frames/p' "$dir/out"
	[ "$status" = 0 ] && [ ! -s "$dir/err" ] && [ "$(grep -c 'queues broken 0$' "$dir/out")" = 2 ] &&
		[ "$(grep -c ' 0 refused;' "$dir/out")" = 2 ] &&
		[ "$(grep -c 'sent [1-9][0-9]* frames.*dropped 0, too long for .*buffers 0$' "$dir/out")" = 2 ]
	result $? "$1: nothing is refused, dropped or broken"
}

# agreed NAME BIT yes|one|no: is that feature among those agreed on, on both sides, on one, on none?
agreed() {
	n=0
	for features in $(sed -n 's/.*features \(0x[0-9a-f]*\)$/\1/p' "$dir/out"); do
		n=$((n + (features >> $2 & 1)))
	done
	case $3 in
	yes) [ $n = 2 ] ;;
	one) [ $n = 1 ] ;;
	no) [ $n = 0 ] ;;
	esac
	result $? "$1"
}

# of_9000 NAME: all that was sent had 9,000 bytes.
of_9000() {
	[ "$(awk '/: sent / { if ($3 && $5 == 9000 * $3) n++ } END { print n + 0 }' "$dir/out")" = 2 ]
	result $? "$1: frames have 9000 bytes"
}

# ---- rings

IN_ORDER=35
serve
ports mrg_rxbuf=0,in_order=0,queue_size=256
flows "split rings"
over "split rings"
agreed "split rings: buffers are used in any order" $IN_ORDER no

PACKED=34
serve
ports packed_vq=1,mrg_rxbuf=0,in_order=0,queue_size=256
flows "packed rings"
over "packed rings"
agreed "packed rings: they are agreed on" $PACKED yes
agreed "packed rings: buffers are used in any order" $IN_ORDER no

serve --busy-poll=100 --notify=deferred
pair mrg_rxbuf=0,in_order=1,queue_size=1024 packed_vq=1,mrg_rxbuf=0,in_order=1,queue_size=1024 --txpkts=1500
flows "in order, split and packed, 1024 entries, 1500 bytes, a backend that polls"
over "in order"
agreed "in order: it is agreed on" $IN_ORDER yes
agreed "in order: one side is packed" $PACKED one

MRG_RXBUF=15
# jumbo MTU: frames of 9,000 bytes over mbufs of 2,048, sent and received in five pieces
big="--txpkts=2000,2000,2000,2000,1000 --mbuf-size=2176 --max-pkt-len=9018 --enable-scatter --tx-offloads=0x8000"
serve
# shellcheck disable=SC2086
pair mrg_rxbuf=1,queue_size=256 packed_vq=1,mrg_rxbuf=1,queue_size=256 $big
flows "mergeable, split and packed, 9000 bytes over buffers of 2048"
over "mergeable"
agreed "mergeable: it is agreed on" $MRG_RXBUF yes
agreed "mergeable: one side is packed" $PACKED one
of_9000 "mergeable"

serve --features=-mrg_rxbuf
ports mrg_rxbuf=1
flows "--features=-mrg_rxbuf"
over "--features=-mrg_rxbuf"
agreed "--features=-mrg_rxbuf: it is not agreed on" $MRG_RXBUF no

serve --producer=batch
# shellcheck disable=SC2086
ports packed_vq=1,mrg_rxbuf=1,queue_size=1024 $big
flows "mergeable, packed, a producer in the kernel, 1024 entries"
over "mergeable, in the kernel"

# ---- several pairs of queues

# by_pair SIDE: frames by pair, as the backend says at its end.
by_pair() { sed -n "/^$1: sent/,/notified/s/^   by pair of queues: \(.*\) frames/\1/p" "$dir/out" | tr -d ,; }

MQ=22
serve --queue-pairs=2
pair mrg_rxbuf=0,queues=2,queue_size=256 packed_vq=1,mrg_rxbuf=1,queues=2,queue_size=256 --rxq=2 --txq=2
flows "two pairs of queues, split and packed"
over "two pairs"
agreed "two pairs: they are agreed on" $MQ yes
awk '{ exit !($1 >= 1000 && $2 >= 1000) }' <<END
$(by_pair a)
END
result $? "two pairs: both of them send"

# Two processes: the ports of one have the same number of queues. Each sends back what it receives. As
# it starts to forward testpmd throws away what has arrived: b, which may be the later one, is not to.
serve --queue-pairs=4
second_testpmd --vdev="net_virtio_user0,path=$b,mrg_rxbuf=0,queue_size=256" -- --nb-cores=1 --forward-mode=io \
	--port-topology=loop --total-num-mbufs=8192 --no-mlockall --no-flush-rx -i --auto-start <"$dir/in_b" >"$dir/pmd_b" 2>&1 8>&- 9>&- &
port_b=$!
testpmd --vdev="net_virtio_user0,path=$a,packed_vq=1,mrg_rxbuf=0,queues=2,queue_size=256" -- --nb-cores=1 \
	--forward-mode=io --port-topology=loop --total-num-mbufs=8192 --no-mlockall -i --rxq=2 --txq=2 \
	<"$dir/in" >"$dir/pmd" 2>&1 8>&- 9>&- &
# shellcheck disable=SC2034 # ends_port()'s
port=$!
echo "start tx_first" >&9
flows "two pairs of queues against one"
ends_second
over "two against one"
agreed "two against one: one side has them" $MQ one
awk '{ exit !($1 >= 32 && $2 >= 32 && !$3 && !$4) }' <<END
$(by_pair a)
END
result $? "two against one: both of the one side's send"

# ---- coming and going

serve
pair mrg_rxbuf=0 packed_vq=1,mrg_rxbuf=0
flows "restart, split and packed"
ends_port
wait_until 100 both_gone
pair mrg_rxbuf=0 packed_vq=1,mrg_rxbuf=0
flows "restart: ports that were killed come back"
over "restart"

reconnected() { [ "$(grep -c 'reconnection succeeds' "$dir/pmd")" = 2 ]; }

# ---- the other role: testpmd listens, the backend connects and is killed

begin backend --socket-a="$a" --socket-b="$b" --client --duration=100
pair mrg_rxbuf=0,server=1 packed_vq=1,mrg_rxbuf=0,server=1
flows "the ports listen, split and packed"
kill -9 "$pid"
wait_nobody
begin backend --socket-a="$a" --socket-b="$b" --client --duration=100
# A packed port drops what was on its way: there may be nothing left to send back and forth.
wait_until 100 reconnected
printf '%s\n' stop "start tx_first" >&9
flows "the ports listen: the backend was killed, and another takes its place"
over "the ports listen"

finish
