#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Mounts, roots and namespaces that guests make for themselves. What each call
# does is shown by the probes mount-namespace and user-namespace; here are the
# tools that use them.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	mkdir -p "$SCRATCH/a/d" "$SCRATCH/b" "$SCRATCH/c" "$SCRATCH/tmp"
	echo in-a >"$SCRATCH/a/file"
	export PROOT_TMP_DIR=$SCRATCH/tmp
}

# The machine's own tools, in a guest that sees the machine.
host_guest() {
	proot -w "$SCRATCH" "$@"
}

host_sh() {
	host_guest /bin/sh -c "$@"
}

needs() {
	command -v "$1" >/dev/null || skip "there is no $1 here"
}

needs_bwrap() {
	needs bwrap
	not_in_mode old-kernel 'bwrap asks for no_new_privs, Linux 3.5'
}

# The same as natively: a command line in `unshare -rm`.
same_as_native() {
	local expected
	unshare -rm true 2>/dev/null || skip 'user namespaces are refused here'
	expected=$(cd "$SCRATCH" && native unshare -rm sh -c "$1" 2>&1) || true
	rm -f "$SCRATCH/a/new"
	equal "$expected" \
		"$(host_guest unshare -rm sh -c "$1" 2>&1 || true)"
}

# Nothing of ours is left in the temporary directory.
leaves_nothing() {
	equal '' "$(ls -A "$SCRATCH/tmp")"
}

# SEED [within]: the same natively and in a guest.
random_mounts() {
	local tree=$SCRATCH/up/tree
	mkdir -p "$tree"
	native tests/fuzz/mounts "$1" "$tree" "${@:2}" >"$SCRATCH/native"
	rm -r "$tree"
	mkdir "$tree"
	proot tests/fuzz/mounts "$1" "$tree" "${@:2}" >"$SCRATCH/guest"
	rm -r "$tree"
	diff "$SCRATCH/native" "$SCRATCH/guest"
}

@test "unshare -rm: bind mounts and tmpfs come and go" {
	same_as_native 'id -u
		mount --bind a b && cat b/file
		mount -t tmpfs none c && touch c/new && ls c
		mount -t tmpfs other c && ls c
		umount c && ls c && umount c && ls c
		rmdir b
		umount b && ls b && umount b'
	leaves_nothing
}

@test "mount, findmnt and df tell of the guest's own mounts" {
	same_as_native 'mount --bind a b; mount -t tmpfs some c
		mount | grep " on $PWD/[bc]" | cut -d" " -f1-5
		findmnt -n -o FSROOT,TARGET,FSTYPE "$PWD/b" | tr -s " "
		grep -c " $PWD/" /proc/self/mountinfo
		mountpoint b c a'
}

@test "tables of mounts tell of those that others cover" {
	same_as_native 'mount -t tmpfs one c; mkdir c/d; mount -t tmpfs below c/d
		mount -t tmpfs two c; mount -t tmpfs three c
		told() { grep " $PWD/c" /proc/self/mountinfo; }
		told | cut -d" " -f5,8,9; findmnt -n -o SOURCE "$PWD/c"
		told | while read -r number parent rest; do
			grep "^$parent " /proc/self/mountinfo | cut -d" " -f5,9
		done
		umount -R c; ls c; told | wc -l'
	leaves_nothing
}

@test "mount --rbind, --move and read-only mounts" {
	same_as_native 'mount -t tmpfs none a/d; touch a/d/inside
		mount --bind a b; ls b/d; umount b
		mount --rbind a b; ls b/d
		mount --move b c; ls b c/d
		umount c; umount -R c; ls c
		mount --bind -o ro a b; touch b/new; mkdir b/new; rm b/file
		cat b/file; mount -o remount,rw,bind b; touch b/new; ls a'
}

@test "chroot into a tree that was put together by bind mounts" {
	guest -0 /bin/sh -c 'mkdir /tmp/root && cd /tmp/root &&
		mkdir bin proc tmp && mount -o bind /bin bin &&
		mount -t proc proc proc && mount -t tmpfs none tmp &&
		mkdir lib lib64 && mount -o bind /lib lib &&
		cat >/tmp/in <<-END
			pwd; ls /; touch /tmp/here; ls /tmp; cd ..; ls
			readlink /proc/self/exe; grep -c . /proc/self/mountinfo
		END
		chroot . /bin/sh </tmp/in; ls tmp' >"$SCRATCH/out"
	equal "$(printf '%s\n' / bin lib lib64 proc tmp here bin lib lib64 proc \
		tmp /bin/busybox)" "$(head -n 13 "$SCRATCH/out")"
	equal here "$(tail -n 1 "$SCRATCH/out")"
	equal '' "$(ls -A "$SCRATCH/root/bin")$(ls -A "$SCRATCH/root/tmp")"
}

@test "without the privilege it fails as natively" {
	run -1 guest_sh 'chroot /tmp true'
	contains "$output" 'not permitted'
	run ! host_sh 'mount --bind a b'
	run ! host_sh 'unshare -m true'
	run ! host_sh 'umount /proc'
}

@test "pivot_root leaves nothing of the old root" {
	needs pivot_root
	host_guest unshare -rm sh -ec 'mount --rbind / c
		mkdir -p c/tmp; cd c; pivot_root . ".'"$SCRATCH"'/b"
		cd /; ls ".'"$SCRATCH"'/a"; umount -l ".'"$SCRATCH"'/b"
		ls ".'"$SCRATCH"'/b"' >"$SCRATCH/out"
	equal "$(printf 'd\nfile')" "$(cat "$SCRATCH/out")"
}

@test "bwrap: the whole machine read-only, with dev, proc and tmp of its own" {
	needs_bwrap
	run -0 host_guest bwrap --ro-bind / / --dev /dev --proc /proc \
		--tmpfs "$SCRATCH/c" sh -c 'id -u; pwd
		touch a/new || echo refused; touch c/new && ls c; ls /dev/stdin
		echo x >/dev/null && cat /proc/self/comm'
	contains "$output" "$(id -u)"
	contains "$output" "$SCRATCH"
	contains "$output" refused
	contains "$output" /dev/stdin
	contains "$output" cat
	equal '' "$(ls "$SCRATCH/c")"
	run -0 proot -b /proc -b /dev bwrap --ro-bind / / --dev /dev \
		--proc /proc sh -c 'id -u'
	equal "$(id -u)" "$output"
	leaves_nothing
}

@test "bwrap: a root file system of single pieces" {
	needs_bwrap
	run -0 host_guest bwrap --ro-bind /usr /usr --symlink usr/lib /lib \
		--symlink usr/lib64 /lib64 --symlink usr/bin /bin --proc /proc \
		--dev /dev --dir /tmp --bind "$SCRATCH/a" /work --chdir /work \
		--setenv X y sh -c 'pwd; ls /; touch made; echo "$X"'
	contains "$output" /work
	lacks "$output" home
	contains "$output" y
	[ -e "$SCRATCH/a/made" ]
	leaves_nothing
}

@test "bwrap: other ids, and namespaces that cannot be had" {
	needs_bwrap
	equal '33:44' "$(host_guest bwrap --unshare-user --uid 33 --gid 44 \
		--bind / / sh -c 'echo "$(id -u):$(id -g)"')"
	run ! host_guest bwrap --unshare-net --bind / / true
	run ! host_guest bwrap --unshare-pid --bind / / true
	run -0 host_guest bwrap --unshare-uts --unshare-ipc \
		--unshare-cgroup-try --bind / / true
}

# It binds a file of its own, and unlinks that.
@test "bwrap: data that look like a file" {
	needs_bwrap
	equal 'some data' "$(host_guest bwrap --bind / / \
		--ro-bind-data 7 "$SCRATCH/a/file" cat a/file 7<<<'some data')"
	equal in-a "$(cat "$SCRATCH/a/file")"
	leaves_nothing
}

@test "mounts show their sources after those were renamed or removed" {
	same_as_native 'mkdir -p p/q; echo 1 >p/q/f; echo 1 >f; echo 2 >g; touch h
		mount --bind p/q b; mv p p2; mkdir -p p/q; cat b/f
		mount --bind f a/file; mv g f; cat a/file f
		umount a/file; mount --bind f a/file; rm f; cat a/file
		cat <a/file; stat -c "%F %s" a/file; umount a/file; cat a/file
		mount --bind h a/file; mv h h2; echo 3 >h2; cat a/file
		umount a/file b; rm -r p p2 h2'
	leaves_nothing
}

@test "bwrap in bwrap" {
	needs_bwrap
	equal "in-a" "$(host_guest bwrap --bind / / bwrap --ro-bind / / \
		--tmpfs "$SCRATCH/b" cat a/file)"
}

@test "mounts of one guest are seen by those that share its namespace only" {
	equal "$(printf 'yes\nno')" "$(host_guest unshare -rm sh -c '
		mount --bind a b; sh -c "test -e b/file && echo yes"
		unshare -m sh -c "umount b"
		unshare -m umount b; umount b; test -e b/file || echo no')"
}

@test "what root mounts in a guest of -0 is there for all, and then gone" {
	equal "$(printf 'in-a\nin-a')" "$(proot -0 -w "$SCRATCH" sh -c '
		sh -c "mount --bind a b"; cat b/file; (cd b && cat file)')"
	[ ! -e "$SCRATCH/b/file" ]
	leaves_nothing
}

# What a real root gets: mount -o OPTIONS, owner and mode, those of what it makes.
@test "a tmpfs belongs to whom its options or its mounter say" {
	run -0 proot -0 -w "$SCRATCH" sh -c 'umask 022
		show() { stat -c %u:%g:%a c; mkdir c/x; stat -c %u:%g:%a c/x; umount c; }
		mount -t tmpfs none c; show
		mount -t tmpfs -o uid=7,gid=8 none c; show
		mount -t tmpfs -o mode=0,uid=010 none c; show
		mount -t tmpfs -o mode=2755,gid=5 none c; show
		mount -t ramfs -o mode=700 none c; show
		mount -t tmpfs -o uid=4294967295 none c 2>/dev/null || echo refused'
	equal "$(printf '%s\n' 0:0:1777 0:0:755 7:8:1777 0:0:755 8:0:0 0:0:755 \
		0:5:2755 0:5:2755 0:0:700 0:0:755 refused)" "$output"
	needs setpriv
	chmod 777 "$SCRATCH/c"
	equal "$(printf '%s\n' 0:0:1777 0:0:644)" "$(proot -0 \
		-w "$SCRATCH" setpriv --reuid 33 --regid 33 --clear-groups \
		unshare -Urm sh -c 'umask 022; mount -t tmpfs none c; touch c/f
			stat -c %u:%g:%a c c/f')"
	leaves_nothing
}

@test "a tmpfs stays with who is in it, and no longer" {
	run -0 proot -0 -w "$SCRATCH" sh -c 'mount -t tmpfs none c; echo in-c >c/f
		(cd c && umount -l "$OLDPWD/c" && cat f)
		ls c
		mount -t tmpfs none c; umount c; ls -A tmp/*
		unshare -m sh -c "mount -t tmpfs none c"; ls -A tmp/*'
	equal in-c "${lines[0]}"
	equal 1 "${#lines[@]}"
	leaves_nothing
}

@test "links in /proc/PID/ns tell namespaces apart" {
	same_as_native 'mine=$(readlink /proc/self/ns/mnt)
		[ "$mine" = "$(sh -c "readlink /proc/self/ns/mnt")" ] && echo same
		[ "$mine" = "$(unshare -m readlink /proc/self/ns/mnt)" ] || echo new
		[ "$(readlink /proc/self/ns/user)" = \
			"$(unshare -U readlink /proc/self/ns/user)" ] || echo new'
}

@test "random mounts show what they show natively" {
	needs python3
	unshare -rm true 2>/dev/null || skip 'user namespaces are refused here'
	for seed in 1 2 3; do
		random_mounts "$seed"
		random_mounts "$seed" within
	done
	leaves_nothing
}
