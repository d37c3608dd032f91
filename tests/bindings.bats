#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Bindings: spellings, order, nesting, what they hide, parents that are missing.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	# Two host directories and a file that tests bind.
	mkdir -p "$SCRATCH/one/sub" "$SCRATCH/two"
	echo one >"$SCRATCH/one/name"
	echo sub >"$SCRATCH/one/sub/name"
	echo two >"$SCRATCH/two/name"
	echo file >"$SCRATCH/file"
}

# Without guest's own bindings, which would be in the way.
plain() {
	proot -r "$ROOTFS" -w / "$@"
}

@test "a host directory is seen at a guest path, in all spellings" {
	for spelling in "-b $SCRATCH/one:/mnt" "-b$SCRATCH/one:/mnt" \
		"--bind $SCRATCH/one:/mnt" "--bind=$SCRATCH/one:/mnt" \
		"-m $SCRATCH/one:/mnt" "--mount=$SCRATCH/one:/mnt"; do
		# shellcheck disable=SC2086 # two words
		equal one "$(plain $spelling cat /mnt/name)"
	done
}

@test "without a guest path, a binding is seen at its host path" {
	equal one "$(plain -b "$SCRATCH/one" cat "$SCRATCH/one/name")"
}

@test "a relative host path is bound at its absolute path" {
	cd "$SCRATCH"
	equal one "$(plain -b one cat "$SCRATCH/one/name")"
	equal one "$(plain -b one:/mnt cat /mnt/name)"
}

@test "a host path through symlinks is bound" {
	ln -s one "$SCRATCH/link"
	equal one "$(plain -b "$SCRATCH/link:/mnt" cat /mnt/name)"
}

@test "slashes at the ends of both paths change nothing" {
	equal one "$(plain -b "$SCRATCH/one/:/mnt/" cat /mnt/name)"
	equal one "$(plain -b "$SCRATCH//one/.:/./mnt/x/.." cat /mnt/name)"
}

@test "a binding hides what is under it" {
	plain test -e /etc/passwd
	equal name "$(plain -b "$SCRATCH/two:/etc" ls /etc)"
	run ! plain -b "$SCRATCH/two:/etc" test -e /etc/passwd
}

@test "what cannot be bound where it shall be is named, and left out" {
	for place in / /etc/passwd/x /etc/passwd/x/y; do
		run --separate-stderr plain -b "$SCRATCH/file:$place" \
			ls -d /etc /etc/passwd/x
		[[ $stderr == *"-b $SCRATCH/file:$place: Not a directory"* ]]
		[ "$output" = /etc ]
	done
}

@test "a binding of the host's root gives way to a later one" {
	equal one "$(plain -b /:/mnt -b "$SCRATCH/one:/mnt" cat /mnt/name)"
}

@test "a file is bound over a file" {
	equal file "$(plain -b "$SCRATCH/file:/etc/passwd" cat /etc/passwd)"
	equal "$(stat -c %i "$SCRATCH/file")" \
		"$(plain -b "$SCRATCH/file:/etc/passwd" stat -c %i /etc/passwd)"
	plain -b "$SCRATCH/file:/etc/passwd" grep -q . /etc/group
}

@test "a directory is bound over a file" {
	equal one "$(plain -b "$SCRATCH/one:/etc/passwd" cat /etc/passwd/name)"
}

@test "a file is bound over a directory" {
	equal file "$(plain -b "$SCRATCH/file:/etc" cat /etc)"
}

@test "the last binding to one guest path wins" {
	equal two "$(plain -b "$SCRATCH/one:/mnt" -b "$SCRATCH/two:/mnt" \
		cat /mnt/name)"
	equal one "$(plain -b "$SCRATCH/two:/mnt" -b "$SCRATCH/one:/mnt" \
		cat /mnt/name)"
}

# shellcheck disable=SC2016 # for that shell
@test "of a directory with two names '..' is that of the one it was entered by" {
	local look='i=0; while [ $i -lt 50 ]; do cat=$(cat ../note)
			[ -e ../note ] || exit 1; i=$((i + 1)); done
		echo "$cat $(/bin/pwd) $(readlink /proc/$$/cwd)"' b
	mkdir -p "$SCRATCH/project/part" "$SCRATCH/other/part"
	echo project >"$SCRATCH/project/note"
	echo other >"$SCRATCH/other/note"
	for b in other/part other/new; do
		b=$SCRATCH/$b
		equal "project $SCRATCH/project/part $SCRATCH/project/part" \
			"$(proot -b "$SCRATCH/project/part:$b" \
				-w "$SCRATCH/project" env -C ./part sh -c "$look")"
		equal "project $SCRATCH/project/part $SCRATCH/project/part" \
			"$(proot -b "$SCRATCH/project/part:$b" \
				-w "$SCRATCH/project/part" sh -c "$look")"
		equal "project $SCRATCH/project/part $SCRATCH/project/part" \
			"$(cd "$SCRATCH/project/part" &&
				proot -b "$SCRATCH/project/part:$b" sh -c "$look")"
		equal "other $b $b" "$(proot -b "$SCRATCH/project/part:$b" \
			-w "$SCRATCH/other" env -C "${b##*/}" sh -c "$look")"
	done
}

@test "the deepest binding wins, in either order" {
	equal two "$(plain -b "$SCRATCH/one:/mnt" -b "$SCRATCH/two:/mnt/sub" \
		cat /mnt/sub/name)"
	equal two "$(plain -b "$SCRATCH/two:/mnt/sub" -b "$SCRATCH/one:/mnt" \
		cat /mnt/sub/name)"
	equal one "$(plain -b "$SCRATCH/two:/mnt/sub" -b "$SCRATCH/one:/mnt" \
		cat /mnt/name)"
}

@test ".. leaves a binding to the guest's parent directory" {
	contains "$(plain -b "$SCRATCH/one:/etc/deep" ls /etc/deep/..)" passwd
	equal /etc "$(plain -b "$SCRATCH/one:/etc/deep" -w /etc/deep \
		sh -c 'cd -P .. && pwd -P')"
	equal two "$(plain -b "$SCRATCH/one:/mnt" -b "$SCRATCH/two:/mnt/sub" \
		-w /mnt/sub sh -c 'cat name')"
	equal one "$(plain -b "$SCRATCH/one:/mnt" -b "$SCRATCH/two:/mnt/sub" \
		-w /mnt/sub cat ../name)"
}

@test "getcwd gives the guest path of a binding" {
	equal /mnt "$(plain -b "$SCRATCH/one:/mnt" -w /mnt pwd -P)"
	equal /mnt/sub "$(plain -b "$SCRATCH/one:/mnt" -w /mnt/sub pwd -P)"
	equal /mnt/sub "$(plain -b "$SCRATCH/one:/mnt" \
		-b "$SCRATCH/two:/mnt/sub" -w /mnt/sub pwd -P)"
}

@test "a symlink at the guest path is followed" {
	rootfs_copy "$SCRATCH/rootfs"
	ln -s etc "$SCRATCH/rootfs/link"
	equal one "$(proot -r "$SCRATCH/rootfs" -w / -b "$SCRATCH/one:/link" \
		cat /etc/name)"
	equal etc "$(proot -r "$SCRATCH/rootfs" -w / -b "$SCRATCH/one:/link" \
		readlink /link)"
}

@test "! binds over a symlink instead of following it" {
	rootfs_copy "$SCRATCH/rootfs"
	ln -s etc "$SCRATCH/rootfs/link"
	equal one "$(proot -r "$SCRATCH/rootfs" -w / -b "$SCRATCH/one:/link!" \
		cat /link/name)"
	equal guest "$(proot -r "$SCRATCH/rootfs" -w / \
		-b "$SCRATCH/one:/link!" cat /etc/hostname)"
	proot -r "$SCRATCH/rootfs" -w / -b "$SCRATCH/one:/link!" \
		test ! -L /link
}

@test "a symlink at the guest path is followed inside the guest" {
	rootfs_copy "$SCRATCH/rootfs"
	ln -s /etc "$SCRATCH/rootfs/link"
	equal one "$(proot -r "$SCRATCH/rootfs" -w / -b "$SCRATCH/one:/link" \
		cat /etc/name)"
}

@test "missing parents of a binding can be seen and opened" {
	local options=(-b "$SCRATCH/one:/not/there/yet")
	equal one "$(plain "${options[@]}" cat /not/there/yet/name)"
	equal directory "$(plain "${options[@]}" stat -c %F /not/there)"
	equal there "$(plain "${options[@]}" ls /not)"
	equal yet "$(plain "${options[@]}" ls -A /not/there)"
	contains "$(plain "${options[@]}" ls /)" not
	equal /not/there "$(plain "${options[@]}" \
		sh -c 'cd /not/there && pwd -P')"
	equal name "$(plain "${options[@]}" sh -c 'cd /not/there && ls yet |
		grep name')"
}

@test "missing parents are listed beside what is there" {
	local names
	names=$(plain -b "$SCRATCH/one:/etc/new" ls /etc)
	contains "$names" new
	contains "$names" passwd
	equal 1 "$(plain -b "$SCRATCH/one:/etc/passwd" ls /etc | grep -c passwd)"
}

@test "nothing is created in the root file system" {
	rootfs_copy "$SCRATCH/rootfs"
	tree_list "$SCRATCH/rootfs" >"$SCRATCH/before"
	proot -r "$SCRATCH/rootfs" -w / -b "$SCRATCH/one:/not/there/yet" \
		-b "$SCRATCH/file:/etc/new" -b "$SCRATCH/one:/etc/passwd" \
		sh -c 'ls -R /not /etc; cd /not/there; stat .' >/dev/null
	tree_list "$SCRATCH/rootfs" >"$SCRATCH/after"
	diff "$SCRATCH/before" "$SCRATCH/after"
}

@test "a missing parent cannot be written to" {
	run ! plain -b "$SCRATCH/one:/not/there" sh -c '>/not/file'
	run ! plain -b "$SCRATCH/one:/not/there" mkdir /not/directory
	run ! plain -b "$SCRATCH/one:/not/there" rmdir /not
}

@test "writes go through a binding to the host" {
	plain -b "$SCRATCH/one:/mnt" sh -c 'echo new >/mnt/made; mkdir /mnt/d
		mv /mnt/name /mnt/d/moved; ln -s made /mnt/link
		ln /mnt/made /mnt/hard; rm /mnt/sub/name; rmdir /mnt/sub'
	equal new "$(cat "$SCRATCH/one/link")"
	equal one "$(cat "$SCRATCH/one/d/moved")"
	[ "$SCRATCH/one/made" -ef "$SCRATCH/one/hard" ]
	[ ! -e "$SCRATCH/one/sub" ]
}

@test "an absolute symlink on the host side points into the guest" {
	ln -s /etc/hostname "$SCRATCH/one/link"
	equal guest "$(plain -b "$SCRATCH/one:/mnt" cat /mnt/link)"
}

@test "a symlink in the guest leads into a binding" {
	ln -s /mnt/name "$SCRATCH/two/link"
	ln -s ../mnt/name "$SCRATCH/two/relative"
	local options=(-b "$SCRATCH/one:/mnt" -b "$SCRATCH/two:/opt")
	equal one "$(plain "${options[@]}" cat /opt/link)"
	equal one "$(plain "${options[@]}" cat /opt/relative)"
}

@test "the root file system may be bound into itself" {
	equal guest "$(plain -b "$ROOTFS:/mnt/self" \
		cat /mnt/self/etc/hostname)"
	equal /mnt/self/etc "$(plain -b "$ROOTFS:/mnt/self" -w /mnt/self/etc \
		pwd -P)"
}

@test "one host directory is seen at two guest paths" {
	equal 'one one' "$(plain -b "$SCRATCH/one:/a" -b "$SCRATCH/one:/b" \
		sh -c 'echo $(cat /a/name /b/name)')"
	# Which of the two getcwd says is not known; it must be one of them.
	[[ $(plain -b "$SCRATCH/one:/a" -b "$SCRATCH/one:/b" -w /a \
		pwd -P) =~ ^/[ab]$ ]]
}

@test "a binding of / replaces the root" {
	equal one "$(proot -r "$ROOTFS" -w / -b "$SCRATCH/one" \
		-b "$ROOTFS:/" cat "$SCRATCH/one/name")"
}

@test "the host root is bound below the guest" {
	equal "$(cat /etc/passwd)" "$(plain -b /:/host cat /host/etc/passwd)"
	equal guest "$(plain -b /:/host cat /etc/hostname)"
}

@test "a prefix of a name is not a binding" {
	echo other >"$SCRATCH/one/other"
	run ! plain -b "$SCRATCH/one:/mn" cat /mnt/name
	run ! plain -b "$SCRATCH/one:/mnt" cat /mn/name
}

@test "a bound device works" {
	equal '' "$(plain -b /dev/null cat /dev/null)"
	plain -b /dev/null sh -c 'echo x >/dev/null && test -c /dev/null'
}

@test "a FIFO works through a binding" {
	mkfifo "$SCRATCH/one/fifo"
	equal through "$(plain -b /dev -b "$SCRATCH/one:/mnt" \
		sh -c 'echo through >/mnt/fifo & cat /mnt/fifo; wait')"
}

@test "twenty bindings, nested and beside each other" {
	local options=() i path=/deep
	for i in 1 2 3 4 5 6 7 8 9 10; do
		mkdir "$SCRATCH/n$i"
		echo "$i" >"$SCRATCH/n$i/number"
		path=$path/$i
		options+=(-b "$SCRATCH/n$i:$path" -b "$SCRATCH/n$i:/flat$i")
	done
	equal '1 2 3 4 5 6 7 8 9 10' "$(plain "${options[@]}" sh -c '
		p=/deep; for i in 1 2 3 4 5 6 7 8 9 10; do
			p=$p/$i; cat $p/number; done' | xargs)"
	equal 7 "$(plain "${options[@]}" cat /flat7/number)"
	equal '6
number' "$(plain "${options[@]}" ls /deep/1/2/3/4/5)"
}
