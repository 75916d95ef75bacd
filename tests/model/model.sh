#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# timeout: 240
#
# Checks the two models of this directory exhaustively with spin, and that each fails when a fence, an
# order or a look is left out: a model that cannot fail says nothing. MODEL=long adds larger
# ones (MODEL_MIB=8000 MODEL_DEPTH=10000000, minutes).
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
command -v spin >/dev/null || {
	echo "spin is not installed; ./configure --install-deps=checks installs it where there is a package"
	exit 77
}
cc=${CC:-gcc}
command -v "$cc" >/dev/null || { echo "$cc is not installed: spin's checker is a C program"; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/tandem-model.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp" || exit 1

# want model what-is-left-out-or-chosen | what it means
rows() {
	cat <<'END'
holds virtq | TSO: no wake-up is lost
holds virtq -DWEAK | weaker than TSO: no wake-up is lost, no stale entry read
holds virtq -DWEAK -DFLAGS | the same without EVENT_IDX
fails virtq -DNO_C_DRIVER | without fence (C) in the driver
fails virtq -DNO_C_DEVICE | without fence (C) in the device
fails virtq -DNO_D_DRIVER | without fence (D) in the driver
fails virtq -DNO_D_DEVICE | without fence (D) in the device
fails virtq -DFLAGS -DNO_C_DRIVER | without EVENT_IDX and fence (C) in the driver
fails virtq -DFLAGS -DNO_C_DEVICE | without EVENT_IDX and fence (C) in the device
fails virtq -DFLAGS -DNO_D_DRIVER | without EVENT_IDX and fence (D) in the driver
fails virtq -DFLAGS -DNO_D_DEVICE | without EVENT_IDX and fence (D) in the device
fails virtq -DWEAK -DNO_A_RELEASE | the available index stored without release (A)
fails virtq -DWEAK -DNO_A_ACQUIRE | the available index loaded without acquire (A)
fails virtq -DWEAK -DNO_B_RELEASE | the used index stored without release (B)
fails virtq -DWEAK -DNO_B_ACQUIRE | the used index loaded without acquire (B)
fails virtq -DNO_LOOK_DRIVER | the driver does not look again after it armed its interrupt
fails virtq -DNO_LOOK_DEVICE | the device does not look again after it enabled kicks
fails virtq -DNAIVE | event indices compared as if they did not wrap
holds notify | deferred: every notification is delivered or merged into a later delivery
holds notify -DPOOL | unbound: the same, with two workers
fails notify -DLATE_CLEAR | (E) deferred: the message cleared after the guest was told
fails notify -DPOOL -DLATE_CLEAR | (E) unbound: the message cleared after the guest was told
fails notify -DLATE_PENDING | deferred: pending bits cleared after they were run
fails notify -DPOOL -DNO_LOOK | unbound: a worker lets go of the lock between finding nothing and resting
END
	[ "${MODEL-}" != long ] || cat <<'END'
holds virtq -DWEAK -DM=8 | event indices that stay behind for longer
holds virtq -DWEAK -DN=4 -DM=8 | a ring of four
END
}

# check MODEL FLAG...: 0: holds, 1: fails, 2: neither was found out.
check() {
	model=$1
	shift
	spin "$@" -a "$here/$model.pml" || return 2
	# What fails does so soon; what holds is worth optimizing.
	optimize=-O2
	[ "$want" = holds ] || optimize=-O0
	"$cc" $optimize -w -DSAFETY -DCOLLAPSE -DMEMLIM=${MODEL_MIB:-1500} -o pan pan.c || return 2
	./pan -E -m${MODEL_DEPTH:-2500000} >pan.out 2>&1
	cat pan.out
	grep -q 'assertion violated' pan.out && return 1
	# All of it was searched: no limit was met on the way.
	grep -q 'errors: 0' pan.out && ! grep -qE 'depth too small|out of memory|reached.*limit|not completed' pan.out && return 0
	return 2
}

# letter LETTER FILE...: the code still marks it where the model's table says.
letter() {
	letter=$1
	shift
	for file; do
		grep -qF "($letter)" "$here/../../$file" || { echo "# $file: no ($letter) any more"; return 1; }
	done
}

number=1 bad=0
if letter A virtio/virtq.c guest/ring_split_index.h && letter B virtio/virtq.c guest/ring_split_index.h &&
	letter C virtio/virtq.c guest/ring_split.h guest/stream_over.h && letter D virtio/virtq.c guest/guest.h &&
	letter E vhost/notify.c; then
	echo "ok 1 - every letter of the models is in the code"
else
	echo "not ok 1 - every letter of the models is in the code"
	bad=1
fi
rows >table
while IFS='|' read -r row what; do
	# shellcheck disable=SC2086 # a verdict, a model, flags
	set -- $row
	want=$1
	shift
	number=$((number + 1))
	check "$@" >log 2>&1
	case $?$want in
	0holds | 1fails)
		states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' log)
		echo "ok $number - $want: $*:$what ($states states)"
		;;
	*)
		bad=1
		sed 's/^/# /' log
		echo "not ok $number - $want: $*:$what"
		;;
	esac
done <table
echo "1..$number"
exit $bad
