# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Completion of tandem's command line for bash. The answers are tandem's own, from its table of
# options; here they are only fitted to how bash cuts words.

_tandem_paths() { # _tandem_paths -f|-d TYPED: in place of an option's value, or of an argument
	local before=

	[[ $2 == --*=* ]] && before=${2%%=*}=
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -P "$before" "$1" -- "${2#"$before"}")
}

_tandem() {
	local cur=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} before candidate
	local -a words

	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	# Bash cuts at = and :, and puts only what is behind the last of them into place.
	[[ $cur == [=:] ]] && cur=
	before=${words[${#words[@]} - 1]}
	before=${before%"$cur"}
	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		case $candidate in
		:files) _tandem_paths -f "$cur" ;;
		:dirs) _tandem_paths -d "$cur" ;;
		*) COMPREPLY+=("${candidate#"$before"}") ;;
		esac
	done < <("${words[0]/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null)
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
	return 0
}

complete -F _tandem tandem
