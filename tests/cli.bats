#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line: options, their spellings, what is refused, what is said.

bats_require_minimum_version 1.5.0

setup() {
	load lib
}

@test "-V, --version and --about say the version and end with 0" {
	for option in -V --version --about; do
		run -0 --separate-stderr proot "$option"
		contains "$output" proot
		[[ $output =~ [0-9]+\.[0-9]+ ]]
		equal '' "$stderr"
	done
}

@test "-h, --help and --usage end with 0 and fit 80 columns" {
	for option in -h --help --usage; do
		run -0 --separate-stderr proot "$option"
		contains "$output" --rootfs
		contains "$output" --bind
		contains "$output" --kill-on-exit
		equal '' "$(expand <<<"$output" | grep '.\{81\}')"
		equal '' "$stderr"
	done
}

@test "no argument at all: a short usage and status 1" {
	run -1 proot
	contains "$output" proot
	[ "${#lines[@]}" -le 10 ]
}

@test "an unknown option is named in the error" {
	run -1 --separate-stderr proot --no-such-option /bin/true
	contains "$stderr" 'proot error:'
	contains "$stderr" --no-such-option
	equal '' "$output"
}

@test "an option without its value is named in the error" {
	for option in -r -b -w --bind --rootfs; do
		run -1 --separate-stderr proot "$option"
		contains "$stderr" 'proot error:'
		contains "$stderr" "$option"
	done
}

@test "a flag with a value is refused" {
	run -1 --separate-stderr proot --kill-on-exit=yes /bin/true
	contains "$stderr" --kill-on-exit
}

@test "a root file system that is missing is named in the error" {
	run -1 --separate-stderr proot -r /no/such/rootfs /bin/true
	contains "$stderr" 'proot error:'
	contains "$stderr" /no/such/rootfs
}

# Each in one line, and nothing runs.
refused() {
	run -1 --separate-stderr guest "$@" /bin/echo ran
	equal '' "$output"
	contains "$stderr" 'proot error:'
	contains "$stderr" "${1%%=*}"
	equal 1 "$(wc -l <<<"$stderr")"
}

@test "options of later versions are refused, never ignored" {
	refused -k 5.0
	refused --kernel-release=5.0
	refused -q qemu-arm
	refused --qemu=qemu-arm
	refused -Q qemu-arm
	refused -p 80:8080
	refused -n
	refused --netcoop
	refused --sysvipc
	refused -H
	refused -L
	refused --ashmem-memfd
}

@test "values are taken in all four spellings" {
	equal /tmp "$(guest -w /tmp pwd)"
	equal /tmp "$(guest -w/tmp pwd)"
	equal /tmp "$(guest --pwd /tmp pwd)"
	equal /tmp "$(guest --pwd=/tmp pwd)"
	equal /tmp "$(guest --cwd=/tmp pwd)"
	for spelling in "-r $ROOTFS" "-r$ROOTFS" "--rootfs $ROOTFS" \
		"--rootfs=$ROOTFS"; do
		# shellcheck disable=SC2086 # two words
		equal guest "$(proot $spelling -w / cat /etc/hostname)"
	done
}

@test "options end at the first word that is none, and at --" {
	equal -b "$(guest /bin/echo -b)"
	equal --help "$(guest -- /bin/echo --help)"
}

@test "the default command is /bin/sh, called -sh" {
	equal '-sh' "$(guest <<<'echo $0')"
	contains "$(guest <<<'readlink /proc/$$/exe')" /bin/busybox
}

@test "a bare command is looked up in PATH, inside the guest" {
	mkdir "$SCRATCH/bin"
	printf '#!/bin/sh\necho found\n' >"$SCRATCH/bin/only-in-guest"
	chmod +x "$SCRATCH/bin/only-in-guest"
	equal found "$(PATH=$PATH:/tmp/bin guest only-in-guest)"
}

@test "a command with a slash is relative to the guest's directory" {
	printf '#!/bin/sh\necho here\n' >"$SCRATCH/command"
	chmod +x "$SCRATCH/command"
	equal here "$(guest -w /tmp ./command)"
	equal here "$(guest -w / tmp/command)"
}

# same_as_env PATH COMMAND...: output and status are those of env(1), which calls
# execvp(3), in a directory of the same name and with this PATH.
same_as_env() {
	local path=$1 expected got
	shift
	expected=$(cd "$SCRATCH/here" && native env PATH="$path" "$@" \
		2>/dev/null) && expected="$expected (0)" ||
		expected="$expected ($?)"
	got=$(native env PATH="$path" "$PROOT" -r "$ROOTFS" -b "$SCRATCH" \
		-w "$SCRATCH/here" "$@" 2>/dev/null) && got="$got (0)" ||
		got="$got ($?)"
	equal "$expected" "$got"
}

# Scripts that say where they are, in directories that PATH may name.
make_commands() {
	local place
	mkdir -p "$SCRATCH/here/below" "$SCRATCH/first" "$SCRATCH/second"
	for place in here here/below first second; do
		printf '#!/bin/sh\necho "%s $0 $1"\n' "$place" \
			>"$SCRATCH/$place/command"
		chmod +x "$SCRATCH/$place/command"
	done
}

@test "empty and relative entries of PATH are the guest's directory" {
	make_commands
	cd "$SCRATCH/second"
	for path in . : :/none /none: /none::/none '' below ./below; do
		same_as_env "$path" command x
	done
	same_as_env /bin ./command x
	same_as_env /bin below/command x
	same_as_env "$SCRATCH/first:" command x
}

@test "a file in PATH that may not be executed gives way to one that may" {
	make_commands
	chmod -x "$SCRATCH/first/command" "$SCRATCH/here/command"
	mkdir "$SCRATCH/here/below/directory"
	ln -s circle "$SCRATCH/here/circle"
	same_as_env "$SCRATCH/first:$SCRATCH/second" command x
	same_as_env "$SCRATCH/first:/none" command x
	same_as_env "$SCRATCH/first/command:." command x
	same_as_env "/none:$SCRATCH/first/command" command x
	same_as_env below directory
	same_as_env /none ./command x
	same_as_env ":$SCRATCH/second" circle
	same_as_env /none "$(printf %0300d 0)"
	PATH=/tmp/first:$PATH run -126 --separate-stderr guest command
	equal 'proot error: "command": Permission denied' "$stderr"
}

@test "a command that is a text without #! is run by /bin/sh" {
	make_commands
	printf 'echo "$0 $1 $2 $#"\n' |
		tee "$SCRATCH/here/command" >"$SCRATCH/first/command"
	same_as_env "$SCRATCH/first" command 'a b' c
	same_as_env '/none:' command 'a b' c
	same_as_env /none ./command
	: >"$SCRATCH/here/command"
	same_as_env . command
}

@test "a command that is not there is named in the error" {
	run -127 --separate-stderr guest /no/such/command
	contains "$stderr" 'proot error:'
	contains "$stderr" /no/such/command
	equal '' "$output"
	run -127 --separate-stderr guest no-such-command
	contains "$stderr" 'proot error: "no-such-command": not found'
	run -127 --separate-stderr guest ''
	contains "$stderr" 'proot error: "": not found'
}

@test "the 1.8.4 form: the first operand is the root file system" {
	equal guest "$(proot -b /proc "$ROOTFS" cat /etc/hostname)"
	equal guest "$(proot "$ROOTFS" <<<'cat /etc/hostname')"
}

@test "with -r, the first operand is a command even if a directory" {
	run -127 proot -r "$ROOTFS" -w / "$ROOTFS" /bin/echo ran
	lacks "$output" ran
}

@test "without -r, the root file system is the host's" {
	equal "$(cat /etc/passwd)" "$(proot cat /etc/passwd)"
	equal "$PWD" "$(proot pwd -P)"
}

@test "-u is accepted" {
	equal ran "$(guest -u echo ran)"
	equal ran "$(guest --allow-unknown-syscalls echo ran)"
}

@test "-W binds the current directory and starts in it" {
	cd "$SCRATCH"
	touch mine
	equal "$PWD" "$(proot -r "$ROOTFS" -W pwd)"
	equal mine "$(proot -r "$ROOTFS" -W ls)"
}

@test "-R binds what the host knows of users, names and devices" {
	equal "$(id -un)" "$(proot -R "$ROOTFS" -w / id -un)"
	equal "$(cat /etc/passwd)" "$(proot -R "$ROOTFS" -w / cat /etc/passwd)"
	proot -R "$ROOTFS" -w / test -c /dev/null
	proot -R "$ROOTFS" -w / test -e /proc/self/exe
	proot -R "$ROOTFS" -w / test -d /sys/kernel
}

@test "-R makes the root file system visible at its host path" {
	proot -R "$ROOTFS" -w / test -x "$ROOTFS/bin/busybox"
}

@test "-B and -M bind what -R binds" {
	for option in -B -M; do
		equal "$(cat /etc/passwd)" \
			"$(proot -r "$ROOTFS" "$option" -w / cat /etc/passwd)"
	done
}

@test "recommended bindings that are missing are skipped in silence" {
	run -0 --separate-stderr proot -R "$ROOTFS" -w / /bin/true
	equal '' "$stderr"
}

@test "the current directory is kept where the guest has it" {
	cd "$SCRATCH"
	equal "$SCRATCH" "$(proot -r "$ROOTFS" -b "$SCRATCH" pwd)"
	equal "" "$(proot -r "$ROOTFS" -b "$SCRATCH" pwd 2>&1 >/dev/null)"
}

@test "a current directory that the guest lacks becomes / with a warning" {
	cd "$SCRATCH"
	run -0 --separate-stderr proot -r "$ROOTFS" pwd
	equal / "$output"
	contains "$stderr" 'proot warning:'
}

@test "a current directory that may not be entered is one error" {
	mkdir -m 0 "$SCRATCH/closed"
	run -126 guest -b "$SCRATCH/closed:/closed" -w /closed true
	equal "proot error: $SCRATCH/closed: Permission denied" "$output"
}

@test "PWD says the initial directory" {
	equal /tmp "$(guest -w /tmp env | sed -n 's/^PWD=//p')"
}

@test "a binding whose host path is missing warns and goes on" {
	run -0 --separate-stderr guest -b /no/such/path /bin/echo ran
	equal ran "$output"
	contains "$stderr" 'proot warning:'
	contains "$stderr" /no/such/path
}

@test "PROOT_IGNORE_MISSING_BINDINGS silences that warning" {
	PROOT_IGNORE_MISSING_BINDINGS=1 run -0 --separate-stderr \
		guest -b /no/such/path /bin/echo ran
	equal ran "$output"
	equal '' "$stderr"
}

@test "a negative level of -v silences warnings" {
	run -0 --separate-stderr guest -v -1 -b /no/such/path /bin/echo ran
	equal ran "$output"
	equal '' "$stderr"
}

@test "-v 1 says what is bound, on standard error" {
	run -0 --separate-stderr guest -v 1 -b /etc:/mnt /bin/echo ran
	equal ran "$output"
	contains "$stderr" 'proot info:'
	contains "$stderr" /mnt
}

@test "the highest level of -v changes nothing for the guest" {
	run -0 --separate-stderr guest -v 9 /bin/cat /etc/hostname
	equal guest "$output"
	contains "$stderr" /etc/hostname
}

@test "the environment reaches the guest" {
	equal "a b" "$(VARIABLE='a b' guest sh -c 'echo "$VARIABLE"')"
}

@test "standard input, output and error are the guest's own" {
	run -0 --separate-stderr guest sh -c 'cat; echo problem >&2' <<<'through'
	equal through "$output"
	equal problem "$stderr"
}

@test "open files reach the guest" {
	echo content >"$SCRATCH/file"
	equal content "$(guest cat /proc/self/fd/7 7<"$SCRATCH/file")"
	equal content "$(guest sh -c 'cat <&7' 7<"$SCRATCH/file")"
}
