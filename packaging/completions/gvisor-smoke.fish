# SPDX-License-Identifier: Apache-2.0
# fish completion of gvisor-smoke. Commands, options and cases are asked of the program itself, so nothing here must be
# kept in step with it.

function __gvisor_smoke_commands
    gvisor-smoke --help 2>/dev/null | awk '/^commands:/ {on = 1; next} /^$/ {on = 0} on {name = $1; $1 = ""; print name "\t" substr($0, 2)}'
end

function __gvisor_smoke_options
    set -l words (commandline -opc)
    gvisor-smoke $words[2] --help 2>/dev/null | sed -nE 's/^ +(-[a-zA-Z], )?(--[a-z][a-z0-9-]*)( [^ ]+)? +(.*)/\2\t\4/p'
end

function __gvisor_smoke_cases
    gvisor-smoke list 2>/dev/null | awk '/^[a-z]/ {print $1}'
end

complete -c gvisor-smoke -n __fish_use_subcommand -f -a '(__gvisor_smoke_commands)'
complete -c gvisor-smoke -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -f -a '(__gvisor_smoke_options)'
complete -c gvisor-smoke -n '__fish_seen_subcommand_from run list show' -a '(__gvisor_smoke_cases)'
