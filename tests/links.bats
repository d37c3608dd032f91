#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# -l: hard links where the host refuses them.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	if [ "$MODE" = native ]; then
		skip 'only in a guest'
	fi
	# The other tool would refuse it its filter.
	prefix=("$STAGE/no-links" "${prefix[@]}")
	tree=$SCRATCH/tree
	mkdir "$tree"
}

# linked COMMAND LINE: in the host's root, where links are refused, with -l.
# What tools see must be made of dynamic programs: see no-links.c.
linked() {
	proot -l -r / -b "$tree" -w "$tree" /bin/sh -ec "$1"
}

# What a command says, its blanks and ends of lines as one blank each.
one_line() {
	"$@" | xargs
}

# Link counts, types and content are what the names say: a name is its content
# up to the first dot.
tree_check() {
	linked '
	find . -type f -printf "%n %i\n" | sort | uniq -c |
		awk "\$1 != \$2 { print \"wrong count:\", \$0; bad = 1 }
			END { exit bad }"
	find . -type l | awk "{ print \"a symlink:\", \$0; bad = 1 }
		END { exit bad }"
	for file in $(find . -type f ! -name "n.*"); do
		name=${file##*/}
		if [ "$(cat $file)" != "${name%%.*}" ]; then
			echo "wrong content: $file"
			exit 1
		fi
	done'
}

# Nothing of ours is left when the guest has removed all that it sees.
tree_remove() {
	linked 'rm -rf ./*'
	equal '' "$(ls -A "$tree")"
}

@test "links: the probe of real links passes with emulated ones" {
	cp "$PROBES/hardlinks-glibc" "$SCRATCH/probe"
	linked "$SCRATCH/probe"
	equal '' "$(ls -A "$tree")"
}

@test "links: go on in guests that have mounted something" {
	equal '3 a' "$(proot -0 -l -r / -b "$tree" -w "$tree" /bin/sh -ec '
		echo a >a; ln a b
		mount -t tmpfs none /mnt
		ln b c; echo $(stat -c %h a) $(cat c)')"
	linked 'test $(stat -c %h b) = 3'
	tree_remove
}

@test "links: a name whose body is gone is a dangling symlink" {
	ln -s /nowhere/.l2s/.l2s.+0123456789abcdef "$tree/name"
	run linked 'stat -L name'
	contains "$output" 'No such file or directory'
	run linked 'cat name'
	contains "$output" 'No such file or directory'
}

@test "links: files are not kept in /tmp where there is another place" {
	proot -l -r / -w "$tree" /bin/sh -ec 'echo a >a; ln a b'
	contains "$(readlink "$tree/a")" /.l2s/.l2s.
	lacks "$(readlink "$tree/a")" /tmp/.l2s/
	proot -l -r / -w "$tree" rm a b
}

@test "links: are kept for the next run, and can be read without proot" {
	linked 'echo a >a; ln a b; mkdir d; ln b d/c'
	equal 'a a a' "$(one_line cat "$tree/a" "$tree/b" "$tree/d/c")"
	equal '3 3 3' "$(one_line linked 'stat -c %h a b d/c')"
	linked 'rm a b'
	equal '1' "$(linked 'stat -c %h d/c')"
	tree_remove
}

@test "links: the last name is the file again" {
	linked 'echo a >a; ln a b; rm a'
	equal 'regular file 1' "$(stat -c '%F %h' "$tree/b")"
	equal 'b' "$(ls -A "$tree")"
}

@test "links: from a file system to another one" {
	prefix=("${prefix[@]:1}") # the kernel refuses these itself
	other=$(mktemp -d /dev/shm/proot.XXXXXX) || skip 'no /dev/shm'
	if [ "$(stat -c %d "$other")" = "$(stat -c %d "$tree")" ]; then
		rmdir "$other"
		skip 'it is the same file system'
	fi
	linked "echo a >a; ln a $other/b; echo more >>$other/b"
	equal 'a more' "$(one_line linked 'cat a')"
	equal '2 2' "$(one_line linked "stat -c %h a $other/b")"
	linked "rm a; cat $other/b; rm $other/b"
	equal '' "$(ls -A "$other")$(ls -A "$tree")"
	rmdir "$other"
}

@test "links: a tree that was moved to another place" {
	linked 'mkdir top; cd top; echo a >a; ln a a.2; mkdir d; ln a d/a.3'
	mv "$tree" "$SCRATCH/moved"
	tree=$SCRATCH/moved
	tree_check
	linked 'cd top; echo new >n.1; mv n.1 a.2; rm a.2'
	equal '2 2' "$(one_line linked 'stat -c %h top/a top/d/a.3')"
	tree_remove
}

@test "links: PROOT_L2S_DIR says where the bodies are" {
	mkdir "$SCRATCH/bodies"
	export PROOT_L2S_DIR=$SCRATCH/bodies
	linked 'echo a >a; ln a a.2'
	equal 'a a.2' "$(one_line ls -A "$tree")"
	equal 2 "$(find "$SCRATCH/bodies" -name '.l2s.*' | wc -l)"
	tree_check
	linked 'rm a; rm a.2'
	equal '' "$(ls -A "$SCRATCH/bodies")"
}

# A tree as the older convention leaves it: $tree/a, b and d/c are one file.
old_tree() {
	mkdir "$tree/d"
	echo old >"$tree/.l2s.a0001.0003"
	ln -s "$tree/.l2s.a0001.0003" "$tree/.l2s.a0001"
	for name in a b d/c; do
		ln -s "$tree/.l2s.a0001" "$tree/$name"
	done
}

@test "links: of the older convention are read" {
	old_tree
	equal 'old old old' "$(linked 'echo $(cat a b d/c)')"
	equal '3 regular file' "$(linked 'stat -c "%h %F" a')"
	equal 'a b d' "$(linked 'echo $(ls -A)')"
	equal 1 "$(linked 'stat -c %i a b d/c | sort -u | wc -l')"
	equal '' "$(linked 'readlink a || :')"
}

@test "links: of the older convention are added and removed" {
	old_tree
	linked 'ln a e'
	equal '4 4' "$(one_line linked 'stat -c %h e d/c')"
	equal old "$(cat "$tree/.l2s.a0001.0004")"
	linked 'echo new >n; mv n a; rm b'
	equal '2 2' "$(one_line linked 'stat -c %h e d/c')"
	equal 'old old' "$(one_line cat "$tree/e" "$tree/d/c")"
	tree_remove
}

@test "links: of the older convention, in a tree that was moved" {
	old_tree
	mv "$tree" "$SCRATCH/moved"
	tree=$SCRATCH/moved
	equal 'old old 3' "$(linked 'echo $(cat a b; stat -c %h b)')"
}

# What the crash test does: each way to change names, and each step of it.
work='echo a >a.keep; ln a.keep a.2; ln a.2 a.3; mkdir d; mv a.3 d/a.5; mv d e
	echo a >n.1; mv n.1 a.2; rm e/a.5
	echo b >b.keep; ln b.keep b.1; mv b.1 e/b.1; mv e/b.1 b.keep || rm e/b.1'

killed_everywhere() {
	local at=1 status=0
	not_in_mode no-seccomp 'the steps are those of the default mode'
	not_in_mode old-kernel 'guests outlive a proot that is killed there'
	while [ "$status" = 0 ]; do
		"$STAGE/kill-at" "$at" "${prefix[@]}" "$PROOT" -l -r / \
			-b "$tree" -w "$tree" /bin/sh -ec "$work" \
			2>"$SCRATCH/errors" && status=0 || status=$?
		if [ "$status" = 77 ]; then
			skip "$(cat "$SCRATCH/errors")"
		fi
		tree_check || { echo "killed at $at" && return 1; }
		tree_remove
		at=$((at + 1))
	done
	equal 1 "$status"
	[ "$at" -gt 60 ]
}

@test "links: whenever proot is killed, nothing is lost and counts agree" {
	killed_everywhere
}

@test "links: nor where names cannot be exchanged" {
	prefix=("$STAGE/no-links" -x)
	killed_everywhere
}

@test "links: runs and guests that change the same names agree" {
	local run pids=()
	not_in_mode old-kernel 'a name is missing for a moment without RENAME_EXCHANGE'
	cp "$STAGE/link-storm" "$SCRATCH/storm"
	for run in 1 2; do
		linked "$SCRATCH/storm 1000 1$run & one=\$!
			$SCRATCH/storm 1000 2$run & two=\$!
			wait \$one; wait \$two" &
		pids+=("$!")
	done
	wait "${pids[0]}"
	wait "${pids[1]}"
	linked 'for file in f.*; do
		name=${file#f.}
		[ "$(cat $file)" = "${name%%.*}" ]
	done
	find . -type f -printf "%n %i\n" | sort | uniq -c |
		awk "\$1 != \$2 { print; bad = 1 } END { exit bad }"'
	tree_remove
}

@test "links: tar, cp -l and rsync -H keep them" {
	linked '
	mkdir in; echo a >in/a; ln in/a in/b; mkdir in/d; ln in/a in/d/c
	tar -cf t.tar in
	tar -tvf t.tar | grep -c "link to" >links
	mkdir out; tar -xf t.tar -C out
	stat -c %h out/in/a out/in/b out/in/d/c >>links
	cp -al in copy; stat -c %h in/a copy/d/c >>links
	find . -name ".l2s*" >>links'
	equal '2 3 3 3 6 6' "$(one_line cat "$tree/links")"
	if command -v rsync >/dev/null; then
		linked 'rsync -aH out/in/ synced; stat -c %h synced/d/c >links'
		equal 3 "$(cat "$tree/links")"
	fi
	linked 'rm -r in out copy'
}

@test "links: git clone --local shares objects" {
	command -v git >/dev/null || skip 'there is no git'
	export HOME=$tree GIT_CONFIG_NOSYSTEM=1
	linked '
	git init -q -b main a; cd a; git config user.email a@b
	git config user.name a; git config core.createObject link
	echo 1 >f; git add f; git commit -qm 1; cd ..
	git clone -q --local a b
	git -C b fsck --strict
	git -C a gc -q; git -C b gc -q; git -C b fsck --strict
	rm -rf a; git -C b log --oneline; rm -rf b'
	equal '' "$(find "$tree" -name '.l2s*')"
}

@test "debian: dpkg installs, upgrades and removes packages with links" {
	[ -n "$DEBIAN" ] || skip 'no Debian root file system could be made'
	mkdir "$SCRATCH/package" "$SCRATCH/root"
	for version in 1 2; do
		mkdir -p "$SCRATCH/package/DEBIAN" "$SCRATCH/package/opt"
		printf 'Package: links\nVersion: %s\nArchitecture: all\n%s\n%s\n' \
			$version 'Maintainer: nobody <nobody@localhost>' \
			'Description: hard links' >"$SCRATCH/package/DEBIAN/control"
		echo $version >"$SCRATCH/package/opt/a"
		ln -f "$SCRATCH/package/opt/a" "$SCRATCH/package/opt/b"
		dpkg-deb --root-owner-group -b "$SCRATCH/package" \
			"$SCRATCH/links_$version.deb" >/dev/null
	done
	mkdir -p "$SCRATCH/root/var/lib/dpkg/info" \
		"$SCRATCH/root/var/lib/dpkg/updates"
	touch "$SCRATCH/root/var/lib/dpkg/status"
	links_dpkg() {
		debian -l dpkg --force-not-root --force-script-chrootless \
			--root=/mine/root --log=/dev/null "$@"
	}
	links_dpkg -i /mine/links_1.deb
	equal '2 2' "$(one_line debian -l stat -c %h root/opt/a root/opt/b)"
	links_dpkg -i /mine/links_2.deb
	equal '2 2 2 2' "$(one_line debian -l sh -c \
		'stat -c %h root/opt/a root/opt/b; cat root/opt/a root/opt/b')"
	equal 'a b' "$(one_line debian -l ls -A root/opt)"
	links_dpkg -r links
	equal '' "$(find "$SCRATCH/root" -name '.l2s*')"
}
