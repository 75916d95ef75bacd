#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Completion of the command line: what tandem answers, what bash, zsh and fish make of it, and that
# it is installed.
set -u
here=$(dirname "$0")
# shellcheck source=tests/e2e/tap
. "$here/tap"
scripts=$TANDEM_SRC/completion

offers() { # offers NAME CANDIDATES WORD...: these (blanks between) complete the last word
	name=$1 wanted=$2
	shift 2
	tandem complete -- "$@"
	[ $status = 0 ] && [ ! -s "$dir/err" ] && [ "$(cut -f 1 "$dir/out" | tr '\n' ' ')" = "${wanted:+$wanted }" ]
	result $? "$name"
}

offers "a command" "report" rep
offers "the commands of help" "doctor" help d
offers "an option" "--no-noise-check" bench --no-
offers "an option with a value ends in =" "--notify=" bench rr --not
offers "an option of table, not of bench" "--order=" bench table --o
offers "an option that was given is not offered again" "" bench --seed=1 --see
offers "but a list is" "--notify=" bench --notify=direct --not
offers "an option for the tests is not offered" "" bench --mis
offers "a value behind =" "--verify=ends --verify=full" bench --verify=
offers "a value behind a blank" "ends full" bench --verify ""
offers "a part of a list" "--notify=direct,unbound" bench --notify=direct,u
offers "the word that stands alone" "--preempt=current" bench --preempt=c
offers "not in a list, where it does not" "" bench --preempt=full,c
offers "a role" "--cpus=a=0,backend=" bench --cpus=a=0,ba
offers "a file" ":files" bench --json=x
offers "an option that may have a file" "--trace" bench rr --trac
offers "and its file" ":files" bench rr --trace=x
offers "a directory" ":dirs" bench pool --sysfs=x
offers "results" ":files" compare a
offers "a scenario, or seed" "stream seed" bench s
offers "pool and crowd only first" "" bench rr po
offers "a workload" "ticket tas" bench crowd t
offers "lab's options" "--deterministic" lab --det
offers "lab's subcommand" "doctor" lab --arch=arm64 -- d
offers "the options of lab's subcommand" "--worker-fifo=" lab --arch=arm64 bench --wo
offers "nothing behind a command that there is not" "" frobnicate --

for command in run backend bench "bench table" "bench lazy" "bench pool" "bench crowd" "bench tcp" "bench seed" compare report merge doctor lab; do
	# shellcheck disable=SC2086 # two words
	tandem help $command
	sed -n 's/^  \(-o, \)\{0,1\}\(--[a-z-]*=\{0,1\}\).*/\2/p' "$dir/out" | sort >"$dir/told"
	# shellcheck disable=SC2086
	tandem complete -- $command --
	cut -f 1 "$dir/out" | sort >"$dir/offered"
	[ -s "$dir/told" ] && cmp -s "$dir/told" "$dir/offered"
	result $? "$command: offered are the options that --help tells"
done

# ---- the shells

mkdir "$dir/bin" "$dir/files"
ln -s "$TANDEM" "$dir/bin/tandem"
touch "$dir/files/new one.json" "$dir/files/newer.json"

# in_bash LINE: what bash would put in place of the last word, by its own cutting of the line
cat >"$dir/bash" <<'END'
PATH=$1:$PATH
cd "$2" && . "$3" || exit 1
compopt() { :; } # there is no completion under way
COMP_LINE=$4 COMP_POINT=${#4}
read -ra COMP_WORDS <<<"${4//=/ = }"
[[ $4 == *[[:space:]] ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_tandem
printf '%s\n' "${COMPREPLY[@]}"
END
in_bash() {
	bash "$dir/bash" "$dir/bin" "$dir/files" "$scripts/tandem.bash" "$1" >"$dir/out" 2>"$dir/err"
}
completes() { # completes SHELL NAME LINE REPLY...
	shell=$1 name=$2 line=$3
	shift 3
	"in_$shell" "$line"
	printf '%s\n' "$@" | cmp -s - "$dir/out"
	result $? "$shell: $name"
}
if command -v bash >/dev/null 2>&1; then
	completes bash "an option" "tandem bench --no-" "--no-noise-check"
	completes bash "a value, behind the = that it cuts at" "tandem bench --verify=f" "full"
	completes bash "all values" "tandem bench --verify=" "ends" "full"
	completes bash "a list" "tandem bench --notify=direct,u" "direct,unbound"
	completes bash "a file" "tandem compare newe" "newer.json"
	completes bash "files as a value, with blanks" "tandem bench --json=new" "new one.json" "newer.json"
	completes bash "a command" "tandem doc" "doctor"
	completes bash "an empty word" "tandem run " "stream" "rr"
else
	skip "bash" "bash is not installed"
fi

in_zsh() {
	# shellcheck disable=SC2016 # zsh's
	zsh -f -c 'PATH=$1:$PATH; cd $2
		compadd() { local last=${@[-1]}; print -rl -- ${(P)last}; }
		compset() { :; }
		_files() { print -r -- "files"; }
		complete_it() { words=(${(z)4}); [[ $4 == *\  ]] && words+=(""); CURRENT=$#words; source $3; }
		complete_it "$@"' zsh "$dir/bin" "$dir/files" "$scripts/_tandem" "$1" >"$dir/lines" 2>"$dir/err"
	sed '/^$/d' "$dir/lines" >"$dir/out"
}
if command -v zsh >/dev/null 2>&1; then
	completes zsh "an option" "tandem bench --no-" "--no-noise-check"
	completes zsh "a value" "tandem bench --verify=f" "--verify=full"
	completes zsh "a file" "tandem compare newe" "files"
	completes zsh "an option that wants a value" "tandem bench --not" "--notify="
else
	skip "zsh" "zsh is not installed"
fi

in_fish() {
	(cd "$dir/files" && PATH=$dir/bin:$PATH HOME=$dir XDG_CONFIG_HOME=$dir fish --no-config -c \
		'source $argv[1]; complete -C $argv[2]' "$scripts/tandem.fish" "$1" 2>"$dir/err") |
		cut -f 1 >"$dir/out"
}
if command -v fish >/dev/null 2>&1; then
	completes fish "an option" "tandem bench --no-" "--no-noise-check"
	completes fish "a value" "tandem bench --verify=f" "--verify=full"
	completes fish "a file" "tandem compare newe" "newer.json"
	completes fish "a file as a value" "tandem bench --json=newe" "--json=newer.json"
else
	skip "fish" "fish is not installed"
fi

finish
