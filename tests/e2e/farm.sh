#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A matrix measured in shards, by hand, by GNU parallel and by a Slurm job array, and joined again
# (docs/farm.md). Slurm is one node on loopback, with daemons of its own that end with the test.
set -u
# shellcheck source=tests/e2e/tap
. "$(dirname "$0")/tap"
cd "$dir" || exit 1

matrix="stream rr --notify=direct,deferred,unbound --no-noise-check $quick"

# measure_whole: the matrix at once.
measure_whole() {
	# shellcheck disable=SC2086 # words
	tandem bench $matrix --json=whole.json
}

# same_shape: are all.json and whole.json alike but for the values?
same_shape() {
	command -v python3 >/dev/null || return 77
	python3 - all.json whole.json >wrong 2>&1 <<-'END'
		import json, sys
		a, w = (json.load(open(name)) for name in sys.argv[1:])
		assert set(a) - set(w) == {"shards"} and not set(w) - set(a), set(a) ^ set(w)
		same = ("label", "scenario", "notify", "producer", "preempt", "frame_bytes", "runs")
		for x, y in zip(a["results"], w["results"], strict=True):
		    assert list(x) == list(y), set(x) ^ set(y)
		    assert [x[k] for k in same] == [y[k] for k in same]
		    assert (x["vs_baseline"] or {}).get("cell") == (y["vs_baseline"] or {}).get("cell")
	END
}

# joined NAME: what merge makes of s*.json is the whole matrix.
joined() {
	tandem merge s*.json --json=all.json
	[ $status = 0 ] && same_shape
	result_of_json $? "$1"
}

# ---- by hand

measure_whole
[ $status = 0 ]
result $? "the whole matrix, to compare with"
for i in 1 2 3; do
	# shellcheck disable=SC2086
	tandem bench $matrix --shard=$i/3 --json=s$i.json
	[ $status = 0 ] || break
done
[ $status = 0 ]
result $? "three shards of it"
joined "tandem merge: the shards have the shape of the whole"
tandem merge s3.json s1.json s2.json --json=other.json
[ $status = 0 ] && cmp -s all.json other.json
result $? "the order of the files does not matter"
tandem compare all.json whole.json --metric=gbps
[ $status = 0 ] && tandem report all.json --format=text && [ $status = 0 ] && grep -q "3 shards" out
result $? "compare and report take what was joined, and report says what it is"

refuses "a shard that is missing is named" "shard 2 of 3 is missing" merge s1.json s3.json
refuses "a shard given twice is named" "both are shard 1 of 3" merge s1.json s1.json s2.json s3.json
refuses "what is no shard is refused" "not a shard" merge whole.json
# shellcheck disable=SC2086
tandem bench $matrix --ring=512 --shard=3/3 --json=odd.json
refuses "a shard of another matrix is refused" "odd.json: not a shard of the same matrix" \
	merge s1.json s2.json odd.json
sed 's/"kernel": "[^"]*"/"kernel": "another"/' s2.json >alien.json
refuses "a shard of an unlike host is refused" "alien.json: host.kernel" merge s1.json alien.json s3.json
works "unlike hosts are joined with --force" merge s1.json alien.json s3.json --force --json=forced.json
sed 's/"shard_cell": [0-9]*/"shard_cell": 4000000000/' s2.json >wild.json
refuses "a cell's index out of range is refused" "wild.json: results.*shard_cell" merge s1.json wild.json s3.json
refuses "no I/N" "give I/N" bench rr --shard=4/3
refuses "more shards than parts" "has 3 parts" bench rr --shard=1/4
refuses "floors have no shards" "no cells to share" bench floor --shard=1/2

# ---- GNU parallel: one job at a time on each machine, here on one

by_parallel="GNU parallel measures the shards"
rm -f s*.json
if is_quick; then
	skip "$by_parallel" "make check-all does it"
elif parallel --version 2>/dev/null | grep -q "^GNU parallel"; then
	# shellcheck disable=SC2086
	HOME=$dir parallel --will-cite --jobs 1 "$TANDEM" bench $matrix --shard={}/3 --json=s{}.json ::: 1 2 3 \
		>out 2>err
	status=$?
	joined "$by_parallel"
else
	skip "$by_parallel" "no GNU parallel here (./configure --install-deps=checks)"
fi

# ---- Slurm

# start_slurm: munge, controller and node, with all of their files in $dir/slurm.
start_slurm() {
	mkdir -p slurm/state slurm/spool slurm/socket && (umask 077 && mkdir slurm/munge) || return
	chmod 755 . slurm slurm/socket && head -c 1024 /dev/urandom >slurm/munge/key && chmod 600 slurm/munge/key || return
	munged --key-file="$dir/slurm/munge/key" --socket="$dir/slurm/socket/munge" --pid-file="$dir/slurm/munge/pid" \
		--log-file="$dir/slurm/munge/log" --seed-file="$dir/slurm/munge/seed" || return
	node=$(hostname -s)
	port=$((20000 + $$ % 20000))
	export SLURM_CONF=$dir/slurm/slurm.conf
	cat >"$SLURM_CONF" <<-END
		ClusterName=tandem
		SlurmctldHost=$node(127.0.0.1)
		SlurmUser=root
		AuthType=auth/munge
		AuthInfo=socket=$dir/slurm/socket/munge
		StateSaveLocation=$dir/slurm/state
		SlurmdSpoolDir=$dir/slurm/spool
		SlurmctldPidFile=$dir/slurm/slurmctld.pid
		SlurmdPidFile=$dir/slurm/slurmd.pid
		SlurmctldLogFile=$dir/slurm/slurmctld.log
		SlurmdLogFile=$dir/slurm/slurmd.log
		SlurmctldPort=$port
		SlurmdPort=$((port + 1))
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SlurmdParameters=config_overrides
		NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
		PartitionName=test Nodes=ALL Default=YES State=UP
	END
	slurmctld && slurmd && wait_until 300 node_is_idle
}
# shellcheck disable=SC2317 # by wait_until
node_is_idle() { [ "$(sinfo -h -o %T 2>/dev/null)" = idle ]; }

# Each ends its own children; munge last, for the others speak through it.
stop_slurm() {
	for file in slurm/slurmd.pid slurm/slurmctld.pid slurm/munge/pid; do
		[ -s "$file" ] || continue
		read -r pid <"$file"
		kill "$pid" && wait_until 300 gone "$pid"
	done
}
# shellcheck disable=SC2317
gone() { ! kill -0 "$1" 2>/dev/null; }

by_slurm="a Slurm job array measures the shards"
rm -f s*.json
if is_quick; then
	skip "$by_slurm" "make check-all does it"
elif [ "$(id -u)" != 0 ] || ! command -v slurmctld slurmd munged sbatch >/dev/null; then
	skip "$by_slurm" "not root, or no Slurm here (./configure --install-deps=checks)"
elif start_slurm >out 2>err; then
	trap 'stop_slurm; rm -rf "$dir"' EXIT
	cat >job.sh <<-END
		#!/bin/sh
		exec "$TANDEM" bench $matrix --shard=\$SLURM_ARRAY_TASK_ID/\$SLURM_ARRAY_TASK_COUNT --json=s\$SLURM_ARRAY_TASK_ID.json
	END
	timeout "$patience" sbatch --wait --exclusive --array=1-3%1 job.sh >out 2>err
	joined "$by_slurm"
	stop_slurm
else
	stop_slurm
	tail -n 5 slurm/*.log slurm/munge/log >>err
	result 1 "$by_slurm"
fi

finish
