# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bash completion of gvisor-smoke. Commands, options and cases are asked of the program itself, so nothing here must be
# kept in step with it.

_gvisor_smoke() {
  local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null | awk '/^commands:/ {on = 1; next} /^$/ {on = 0} on {print $1}') --help --version" -- "$current")
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" "$command" --help 2>/dev/null | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u)" -- "$current")
  else
    case $command in
    run | list | show) mapfile -t COMPREPLY < <(compgen -W "$("$program" list 2>/dev/null | awk '/^[a-z]/ {print $1}')" -- "$current") ;;
    esac
    [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -o filenames -F _gvisor_smoke gvisor-smoke
