# SPDX-License-Identifier: BSD-2-Clause
#
# Completion of tandem's command line for fish. The answers are tandem's own, from its table of
# options.

function __tandem_paths # in place of an option's value, or of an argument
	set -l typed $argv[1]
	set -l before (string match -r '^--[^=]*=' -- $typed)
	for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- $typed))
		echo "$before$path"
	end
end

function __tandem_complete
	set -l words (commandline -opc)
	set -l typed (commandline -ct)
	for line in ($words[1] complete -- $words[2..-1] "$typed" 2>/dev/null)
		switch $line
			case :files :dirs
				__tandem_paths "$typed"
			case '*'
				echo $line
		end
	end
end

complete -c tandem -f -a '(__tandem_complete)'
