#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The examples of README.md work when they are pasted.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$SCRATCH" || return
	mkdir build
	ln -s "$PROOT" build/proot
	ln -s "$ROOTFS" build/demo-rootfs
}

# The Nth block of code. What it keeps in /tmp is kept here: another mode, or
# another user, may be at the same example.
example() {
	awk -v wanted="$1" '/^```$/ { inside = 0 } inside && n == wanted
		/^```sh$/ { inside = 1; n++ }' "$STAGE/README.md" |
		sed "s:/tmp/proot-example:$SCRATCH/example:g"
}

@test "README: another root file system" {
	run -0 native sh -e -c "$(example 1)"
	contains "$output" busybox
	contains "$output" etc
}

@test "README: a file in the place of one of the system's" {
	run -0 native sh -e -c "$(example 2)"
	equal 'only this command sees me' "$output"
}

@test "README: a directory where none may be created" {
	run -0 native sh -e -c "$(example 3)"
	equal kept "$output"
	[ ! -e /opt/vendor/data ]
}
