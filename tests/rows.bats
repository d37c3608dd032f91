#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The table of system calls and the probes go together.

bats_require_minimum_version 1.5.0

setup() {
	load lib
}

# A copy of what tests/rows reads, at $1.
tables_copy() {
	mkdir -p "$1/src/syscall" "$1/src/arch/x86_64" "$1/tests/guest"
	cp src/syscall/syscalls.def "$1/src/syscall"
	cp src/arch/x86_64/numbers.def "$1/src/arch/x86_64"
	cp tests/rows "$1/tests"
	cp tests/guest/*.c "$1/tests/guest"
}

@test "every row of the system call table has a probe" {
	run -0 tests/rows
	equal '' "$output"
}

@test "a row without a probe is found" {
	tables_copy "$SCRATCH/tree"
	sed -i 's|^\(// rows:.*\) openat2|\1|' "$SCRATCH"/tree/tests/guest/*.c
	run -1 "$SCRATCH/tree/tests/rows"
	contains "$output" 'openat2: no probe'
}

@test "a probe of no row is found" {
	tables_copy "$SCRATCH/tree"
	echo '// rows: opendir' >"$SCRATCH/tree/tests/guest/more.c"
	run -1 "$SCRATCH/tree/tests/rows"
	contains "$output" 'opendir: named by a probe'
}
