#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A short run of each fuzzer; `make fuzz` runs them for longer.

bats_require_minimum_version 1.5.0

setup() {
	load lib
}

parser_holds() {
	[ "$MODE" = default ] || skip 'the parsers know no modes'
	TMPDIR=$SCRATCH tests/fuzz/run -s 4 "$1"
}

@test "random bytes as an ELF file are refused or make sense" {
	parser_holds elf
}

@test "random bytes as tables of functions are refused or make sense" {
	parser_holds functions
}

@test "random bytes as text never have padding out of reach" {
	parser_holds padding
}

@test "random bytes as a script are read as the kernel reads them" {
	parser_holds script
}

@test "random words on the command line are refused or make sense" {
	parser_holds options
}

@test "users may do what they may in a chroot" {
	if [ "$MODE" = old-kernel ]; then
		skip 'some calls are newer than that, and births are not known'
	fi
	if [ -z "$NATIVE_USERS" ]; then
		skip 'nobody could look at chroots as root (not even by sudo -n)'
	fi
	PROOT=$PROOT TMPDIR=$SCRATCH "${prefix[@]}" \
		tests/fuzz/users -g "$NATIVE_USERS"
}

@test "random paths lead where they lead in a chroot" {
	local status=0
	PROOT=$PROOT TMPDIR=$SCRATCH "${prefix[@]}" tests/fuzz/walk 10 \
		>"$SCRATCH/log" 2>&1 || status=$?
	cat "$SCRATCH/log"
	if [ "$status" = 77 ]; then
		skip "$(tail -n 1 "$SCRATCH/log")"
	fi
	return "$status"
}
