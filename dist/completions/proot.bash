# SPDX-License-Identifier: MIT
# Bash completion for proot: options, their values, then the command's own.
# shellcheck shell=bash

# Options that take a value, as a case pattern shared by the functions below.
_proot_takes_value() {
	case $1 in
	-r|--rootfs|-R|-S|-w|--pwd|--cwd|-b|-m|--bind|--mount) return 0 ;;
	-q|--qemu|-Q|--mixed-mode|-i|--change-id|--engine) return 0 ;;
	-k|--kernel-release) return 0 ;;
	esac
	return 1
}

# The index of the first word that is not an option or its value.
_proot_first_operand() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) ((i++)); break ;;
		-v|--verbose)
			[[ ${COMP_WORDS[i + 1]} =~ ^[-+]?[0-9]+$ ]] && ((i++)) ;;
		-*)
			# Bash makes three words of --name=value.
			if [[ ${COMP_WORDS[i + 1]} == '=' ]]; then
				((i += 2))
			elif _proot_takes_value "${COMP_WORDS[i]}"; then
				((i++))
			fi ;;
		*) break ;;
		esac
		# Nor does it keep -b HOST:GUEST together.
		while [[ ${COMP_WORDS[i + 1]} == ':' ]]; do ((i += 2)); done
	done
	echo "$i"
}

_proot_value() {
	local option=$1 word=$2
	case $option in
	-r|--rootfs|-R|-S|-w|--pwd|--cwd)
		mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
	-b|-m|--bind|--mount)
		mapfile -t COMPREPLY < <(compgen -f -- "${word##*:}") ;;
	-q|--qemu|-Q)
		mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
	-v|--verbose)
		mapfile -t COMPREPLY < <(compgen -W '-1 0 1 2 3' -- "$word") ;;
	--engine)
		mapfile -t COMPREPLY < <(compgen -W 'auto tracer' -- "$word") ;;
	--mixed-mode)
		mapfile -t COMPREPLY < <(compgen -W 'true false' -- "$word") ;;
	esac
	compopt -o filenames 2>/dev/null
}

_proot_options() {
	mapfile -t COMPREPLY < <(compgen -W '-r --rootfs
		-b -m --bind --mount -w --pwd --cwd -R -B -M -W --kill-on-exit
		--engine
		-u --allow-unknown-syscalls -v --verbose -V --version --about
		-h --help --usage -0 --root-id -i --change-id -S -q --qemu -Q
		--mixed-mode -k --kernel-release -l --link2symlink -p --port
		-n --netcoop --sysvipc -H -L --ashmem-memfd
		' -- "$1")
}

# The operand is a command or, in the form of 1.8.4, a directory.
_proot_operand() {
	mapfile -t COMPREPLY < <(compgen -c -- "$1"; compgen -d -- "$1")
	compopt -o filenames 2>/dev/null
}

_proot() {
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	local first
	COMPREPLY=()
	first=$(_proot_first_operand)

	# --name=value, -b HOST:GUEST: step back over what bash split.
	if [[ $word == '=' || $word == ':' ]]; then
		before=$word word=
	fi
	if [[ $before == ':' ]]; then
		_proot_value -b "$word"
	elif [[ $before == '=' ]]; then
		local at=$((COMP_CWORD - 2))
		[[ -z $word && ${COMP_WORDS[COMP_CWORD]} == '=' ]] && ((at++))
		_proot_value "${COMP_WORDS[at]}" "$word"
	elif ((first < COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames 2>/dev/null
	elif _proot_takes_value "$before"; then
		_proot_value "$before" "$word"
	elif [[ $word == -* && $before != -- ]]; then
		_proot_options "$word"
	else
		_proot_operand "$word"
	fi
}

complete -F _proot proot
