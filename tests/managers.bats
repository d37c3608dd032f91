#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Package managers: what they leave behind, and a real root.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	case $MODE in
	default) ;;
	tracer) [[ $BATS_TEST_DESCRIPTION != *', with -l' ]] ||
		skip 'links are the tracer'"'"'s in any mode' ;;
	*) skip 'in two modes only: it takes a while' ;;
	esac
	if [ -z "$MANAGERS" ]; then
		skip 'the real root could not be asked what it leaves behind'
	fi
}

# life MANAGER [OPTION...]: builds, installs, upgrades and removes packages as
# somebody who looks like root; tests/run has let the real one do the same.
life() {
	local manager=$1
	shift
	if ! [ -e "$MANAGERS/$manager" ]; then
		skip "$manager is not in the Debian root file system"
	fi
	mkdir "$SCRATCH/mine"
	timeout -k 5 "$BATS_TEST_TIMEOUT" "${prefix[@]}" env -i \
		PATH=/usr/bin:/bin HOME=/nonexistent ${PROOT_ENGINE:+PROOT_ENGINE="$PROOT_ENGINE"} \
		"$PROOT" "$@" -S "$DEBIAN" -b "$SCRATCH/mine:/mine" \
		-b "$PWD/tests:/tests" -w / /tests/managers "$manager" \
		/mine >"$SCRATCH/list"
	diff "$MANAGERS/$manager" "$SCRATCH/list"
}

# The same where nobody may make hard links.
life_without_links() {
	prefix=("$STAGE/no-links" "${prefix[@]}")
	life "$1" -l
	# Nothing of ours is left when the guest has removed all that it sees.
	"${prefix[@]}" "$PROOT" -l -S "$DEBIAN" -b "$SCRATCH/mine:/mine" -w / \
		find /mine -mindepth 1 -delete
	equal '' "$(ls -A "$SCRATCH/mine")"
}

@test "managers: rpm leaves what a real root's does" {
	life rpm
}

@test "managers: dnf --installroot leaves what a real root's does" {
	life dnf
}

@test "managers: pacman leaves what a real root's does" {
	life pacman
}

@test "managers: dpkg --root leaves what a real root's does" {
	life dpkg
}

@test "managers: pip leaves what a real root's does" {
	life pip
}

@test "managers: npm leaves what a real root's does" {
	life npm
}

@test "managers: cargo leaves what a real root's does" {
	life cargo
}

@test "managers: git leaves what a real root's does" {
	life git
}

@test "managers: rpm, with -l" {
	life_without_links rpm
}

@test "managers: dpkg, with -l" {
	life_without_links dpkg
}

@test "managers: pip, with -l" {
	life_without_links pip
}

@test "managers: npm, with -l" {
	life_without_links npm
}

@test "managers: cargo, with -l" {
	life_without_links cargo
}

@test "managers: git, with -l" {
	life_without_links git
}
