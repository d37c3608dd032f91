# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests share: running proot, a guest, and the same thing natively.
#
# environment: STAGE   where the tests run: proot, guest/, old-kernel
#              ROOTFS  a busybox root file system; nothing in it is writable
#              DEBIAN  a Debian root file system, empty if there is none
#              MODE    default, tracer, no-seccomp, old-kernel, identity, native
#
# SCRATCH is a directory of the test's own, /tmp in guest's guests.

SCRATCH=${BATS_TEST_TMPDIR:-}
PROOT=$STAGE/proot
# shellcheck disable=SC2034 # tests use it
PROBES=$STAGE/guest
limit=${PROOT_TEST_TIMEOUT:-180}

# What stands before proot, and before what it is compared with.
prefix=()
# In the mode `identity`, guests are shown the user's own: nothing may differ.
shown=()
case $MODE in
tracer) export PROOT_ENGINE=tracer ;;
no-seccomp) export PROOT_NO_SECCOMP=1 ;;
old-kernel) prefix=("$STAGE/old-kernel") ;;
identity) shown=(-i "$(id -u):$(id -g)") ;;
esac

# Tests speak of what proot says, not of what the machine's user has set.
unset PROOT_TMP_DIR PROOT_VERBOSE PROOT_IGNORE_MISSING_BINDINGS PROOT_L2S_DIR

proot() {
	timeout -k 5 "$limit" "${prefix[@]}" "$PROOT" "${shown[@]}" "$@"
}

native() {
	timeout -k 5 "$limit" "${prefix[@]}" "$@"
}

# guest [OPTION...] COMMAND...: in the busybox root file system.
guest() {
	proot -r "$ROOTFS" -b /proc -b /dev -b "$SCRATCH:/tmp" -w / "$@"
}

# A command line of a shell in the guest.
guest_sh() {
	guest /bin/sh -c "$@"
}

# debian [OPTION...] COMMAND...: in the Debian root file system, with an
# environment of its own; /mine is the test's.
debian() {
	local home=HOME=/mine path=PATH=/usr/sbin:/usr/bin:/sbin:/bin
	mkdir -p "$SCRATCH/tmp"
	timeout -k 5 "${PROOT_TEST_TIMEOUT:-300}" "${prefix[@]}" env -i "$path" \
		"$home" LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 \
		${PROOT_NO_SECCOMP:+PROOT_NO_SECCOMP=1} \
		${PROOT_ENGINE:+PROOT_ENGINE="$PROOT_ENGINE"} \
		"$PROOT" -r "$DEBIAN" -b /proc -b /dev -b "$SCRATCH:/mine" \
		-b "$SCRATCH/tmp:/tmp" -w /mine "$@"
}

# A root file system that the test may change: a copy at $1.
rootfs_copy() {
	cp -a "$ROOTFS" "$1"
	chmod -R u+w "$1"
}

# Whatever a failed test left behind can be removed.
teardown() {
	chmod -R u+rwX "$SCRATCH" 2>/dev/null || true
}

# The user may chroot inside a user namespace of its own.
chroot_works() {
	unshare --user --map-current-user --root="$ROOTFS" --wd=/ /bin/true \
		2>/dev/null
}

# same_as_chroot DIR COMMAND...: the command says the same, on both outputs,
# and has the same status, in a guest and in a real chroot at DIR. Both work on
# a copy, which must look the same afterwards.
same_as_chroot() {
	local tree=$1 expected got
	shift
	chroot_works || skip 'user namespaces are refused here'
	cp -a "$tree" "$SCRATCH/.chroot"
	cp -a "$tree" "$SCRATCH/.guest"
	expected=$(native unshare --user --map-current-user \
		--root="$SCRATCH/.chroot" --wd=/ "$@" 2>&1 </dev/null) &&
		expected="$expected (0)" || expected="$expected ($?)"
	got=$(proot -r "$SCRATCH/.guest" -w / "$@" 2>&1 </dev/null) &&
		got="$got (0)" || got="$got ($?)"
	if [ "$expected" != "$got" ]; then
		printf 'in a chroot: %s\nin a guest:  %s\n' "$expected" "$got"
		return 1
	fi
	diff <(tree_list "$SCRATCH/.chroot") <(tree_list "$SCRATCH/.guest")
	chmod -R u+rwX "$SCRATCH/.chroot" "$SCRATCH/.guest"
	rm -rf "$SCRATCH/.chroot" "$SCRATCH/.guest"
}

# Every name below a directory with its type, mode and target.
tree_list() {
	(cd "$1" && find . -printf '%p %y %m %l\n' | sort)
}

# fifo_write FIFO LINE, fifo_read FIFO: wait for the other side, not for ever.
fifo_write() {
	# shellcheck disable=SC2016 # for that shell
	timeout -k 5 "$limit" sh -c 'echo "$2" >"$1"' sh "$1" "$2"
}

fifo_read() {
	timeout -k 5 "$limit" head -n 1 "$1"
}

# equal WANTED GOT
equal() {
	if [ "$1" != "$2" ]; then
		printf 'wanted: %s\ngot:    %s\n' "$1" "$2"
		return 1
	fi
}

# contains TEXT PART
contains() {
	case $1 in
	*"$2"*) ;;
	*)
		printf 'wanted in it: %s\ngot: %s\n' "$2" "$1"
		return 1
		;;
	esac
}

lacks() {
	case $1 in
	*"$2"*)
		printf 'unwanted in it: %s\ngot: %s\n' "$2" "$1"
		return 1
		;;
	esac
}

not_in_mode() {
	if [ "$MODE" = "$1" ]; then
		skip "$2"
	fi
}
