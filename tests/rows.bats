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
	cp tests/guest/*.[ch] "$1/tests/guest"
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

@test "a row that a probe names, but does not call, is found" {
	local probe=$SCRATCH/tree/tests/guest/more.c
	tables_copy "$SCRATCH/tree"
	# Neither a comment calls it nor what all probes share.
	printf '%s\n' '// rows: fsopen wait4=wait' '#include "probe.h"' \
		'/* fsopen(2), and' ' * fsopen(2) */' '// wait(2)' >"$probe"
	run -1 "$SCRATCH/tree/tests/rows"
	contains "$output" 'fsopen: named by tests/guest/more.c'
	contains "$output" 'wait4: named by tests/guest/more.c'
	printf '%s\n' 'void f(void) { raw(CALL_fsopen); wait(0); }' >>"$probe"
	run -0 "$SCRATCH/tree/tests/rows"
	equal '' "$output"
	# What it includes counts, too.
	printf '%s\n' '// rows: fsopen wait4=wait' '#include "more.c"' \
		>"$SCRATCH/tree/tests/guest/more-glibc.c"
	run -0 "$SCRATCH/tree/tests/rows"
}

@test "a probe of no row is found" {
	tables_copy "$SCRATCH/tree"
	echo '// rows: opendir' >"$SCRATCH/tree/tests/guest/more.c"
	run -1 "$SCRATCH/tree/tests/rows"
	contains "$output" 'opendir: named by a probe'
}
