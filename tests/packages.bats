#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Packages of Debian, installed from nothing by a plain user.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	if [ "$MODE" != default ]; then
		skip 'in one mode only: it takes a minute'
	fi
	if [ -z "$PACKAGES" ]; then
		skip 'the real root could not install packages to compare with'
	fi
}

@test "debootstrap and apt-get leave the tree that a real root's do" {
	local list
	read -ra list <"$PACKAGES.names"
	PROOT=$PROOT timeout -k 5 "$BATS_TEST_TIMEOUT" \
		tests/packages -c "$PACKAGES" "$SCRATCH/packages" "${list[@]}" ||
		{
			tail -n 5 "$SCRATCH"/packages/*.log
			return 1
		}
}
