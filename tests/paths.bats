#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Paths: symlinks, .., slashes, limits, directories that are deep or gone.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	tree=$SCRATCH/tree
	rootfs_copy "$tree"
}

# The same in a real chroot of the tree.
same() {
	same_as_chroot "$tree" /bin/sh -c "$@"
}

@test "an absolute symlink starts at the guest's root" {
	ln -s /etc/hostname "$tree/home/link"
	same 'cat /home/link; readlink /home/link; ls -l /home | wc -l'
	equal guest "$(proot -r "$tree" -w / cat /home/link)"
}

@test "relative symlinks, also through directories and out of them" {
	mkdir -p "$tree/home/a/b"
	ln -s ../../../etc "$tree/home/a/b/etc"
	ln -s a/b "$tree/home/ab"
	same 'cat /home/ab/etc/hostname; cat /home/ab/etc/../etc/hostname
		cd /home/ab/etc && pwd -P; cd -P /home/ab/.. && pwd'
}

@test ".. stops at the guest's root" {
	ln -s ../../../../../../../../../etc/hostname "$tree/link"
	same 'cat /../../etc/hostname; cat /link; cd /..; pwd -P; ls ..
		cd ../../..; pwd -P; cat ../../../../etc/hostname'
}

@test "the host is out of reach by any number of .." {
	run ! proot -r "$tree" -w / test -e "../../../../../../..$SCRATCH"
	run ! proot -r "$tree" -w / test -e "$SCRATCH"
}

@test "a symlink to a symlink to a directory" {
	ln -s c "$tree/home/b"
	ln -s b "$tree/home/a"
	mkdir "$tree/home/c"
	touch "$tree/home/c/file"
	same 'ls /home/a/ /home/b /home/c; cd /home/a && pwd -P
		rm /home/a/file; ls /home/c; rm /home/a; ls /home'
}

@test "a loop of symlinks is ELOOP, 40 links are not" {
	ln -s b "$tree/home/a"
	ln -s a "$tree/home/b"
	touch "$tree/home/l0"
	for i in $(seq 1 42); do
		ln -s "l$((i - 1))" "$tree/home/l$i"
	done
	same 'cd /home; cat a; ls -L b; cat l39; cat l40; cat l41; cat l42
		stat -c %N l42; ls a/x; mv a c; rm b; ls'
}

@test "links at the end of a path: followed, or not, as the call says" {
	ln -s target "$tree/home/link"
	ln -s missing "$tree/home/dangling"
	echo content >"$tree/home/target"
	same 'cd /home; chmod 600 link; stat -c "%a %F" link target
		stat -L -c "%a %F" link; mv link moved; ls -l moved | cut -c1
		ln moved hard; readlink hard; rm moved; cat target hard
		cat dangling; echo new >dangling; cat missing; ls'
}

@test "a name may be created through a dangling symlink, mkdir may not" {
	ln -s made "$tree/home/file"
	ln -s made-too "$tree/home/directory"
	same 'cd /home; echo x >file; cat made; mkdir directory; mkdir directory/
		ls -R; mknod file p; ln -s x file; ln made file'
}

@test "O_EXCL does not follow a dangling symlink" {
	ln -s made "$tree/home/file"
	same 'set -C; cd /home; (echo x >file); ls'
}

@test "a slash at the end wants a directory" {
	echo content >"$tree/home/file"
	mkdir "$tree/home/directory"
	ln -s directory "$tree/home/to-directory"
	ln -s file "$tree/home/to-file"
	same 'cd /home; cat file/; ls -d directory/ to-directory/; ls to-file/
		stat -c %F to-directory to-directory/ directory/. file/.
		echo x >new/; mkdir new/; rmdir new//; ls
		readlink to-directory/; rm to-directory/; rmdir to-directory/
		mv to-directory/ elsewhere; mv directory/ renamed/; ls
		ln -s renamed/ l; ls l/; mv file renamed2/; test -d file/'
}

@test "a file is not a directory: ENOTDIR, not ENOENT" {
	touch "$tree/home/file"
	same 'cd /home; cat file/x; cat file/..; cat file/../file; cat none/x
		cat file/./x; mkdir file/x; rmdir file; cd file; ls none/..'
}

@test "an empty path is ENOENT" {
	same 'cat ""; mkdir ""; rmdir ""; cd /home; mv "" x; ls "" .'
}

@test "dots, double slashes and dots behind names" {
	mkdir -p "$tree/home/.a/..b/c..d/..."
	touch "$tree/home/.a/..b/c..d/.../file"
	same 'ls //home//.a/./..b/../..b/c..d/..././file; cd /home/.a/..b/c..d/...
		pwd -P; rmdir .; rmdir ..; rm -r . ; mkdir .; mkdir ..; ls -A'
}

@test "a component of 255 bytes is fine, one of 256 is ENAMETOOLONG" {
	same 'n=$(printf %0255d 0); cd /home; echo x >$n && cat $n; mkdir -p d/$n
		ls d; stat -c %F d/$n; mv $n d/$n/$n && ls d/$n; rm -r d
		cat ${n}0; echo x >${n}0; mkdir ${n}0; cat none/${n}0
		cat ${n}0/x; ln -s x ${n}0; ln -s $n l; cat l; ls'
}

@test "a path of 4095 bytes is fine, one of 4096 is ENAMETOOLONG" {
	same 'echo x >/home/f; p=$(printf "%04088d" 0 | sed s,0,/,g)
		cat $p/home/f | wc -c; cat //$p/home/f | wc -c
		cat /$p/home/f; cat ///////$p/home/f'
}

@test "a guest path longer than the host's limit allows for" {
	# 4000 bytes in the guest are more than 4095 on the host.
	same 'd=$(printf %0200d 0); cd /home; i=0
		while [ $i -lt 19 ]; do mkdir $d && cd $d || exit; i=$((i+1)); done
		pwd -P | wc -c; echo x >file; cat file; cat "$(pwd -P)/file"
		cd /; find /home -name file | wc -c; rm -r /home/$d; ls /home'
}

@test "a directory deeper than PATH_MAX" {
	same 'd=$(printf %0200d 0); cd /home; i=0
		while [ $i -lt 30 ]; do mkdir $d && cd -P $d || exit; i=$((i+1))
		done; echo x >file; cat file; ls; cat ../$d/file; cd ..; ls
		cd /home; find . | wc -l; du -a . | wc -l; rm -r $d; ls'
}

@test "a directory that is removed while one is in it" {
	same 'mkdir -p /home/a/b; cd /home/a/b; rmdir ../b; ls; ls -a .
		echo x >file; mkdir d; cat ../hostname; ls ..; cd ..; pwd -P'
	run proot -r "$tree" -w /home sh -c 'mkdir gone; cd gone; rmdir ../gone
		/bin/pwd'
	[ "$status" != 0 ]
}

@test "a directory that is renamed while one is in it" {
	same 'mkdir -p /home/a/b; cd /home/a/b; mv /home/a /home/c; pwd -P
		echo x >file; cat /home/c/b/file; ls /home; cd ..; pwd -P
		mkdir /home/a; ls /home/a; echo y >new; ls /home/c'
}

@test "a name is looked up anew after a rename, a removal, a new link" {
	same 'cd /home; mkdir -p a/s b/s; echo 1 >a/s/f; echo 2 >b/s/f
		cat a/s/f; mv a t; mv b a; mv t b; cat a/s/f
		rm -r a; cat a/s/f; ln -s b a; cat a/s/f; rm a; mkdir a; cat a/s/f
		ln -s ../b/s a/s; cat a/s/f; rm a/s; echo 3 >a/s; cat a/s'
}

@test "permissions are checked along the path" {
	mkdir -p "$tree/home/closed/in" "$tree/home/unreadable/in"
	touch "$tree/home/closed/in/file" "$tree/home/unreadable/in/file"
	chmod 600 "$tree/home/closed"
	chmod 300 "$tree/home/unreadable"
	ln -s closed/in "$tree/home/link"
	# cp -a cannot copy what it cannot read.
	local script='cat /home/closed/in/file; ls /home/closed/..; ls /home/link
		cat /home/closed/none; ls /home/unreadable
		cat /home/unreadable/in/file; cd /home/unreadable/in && pwd -P
		cd /home/closed; ls -d /home/closed'
	chroot_works || skip 'user namespaces are refused here'
	equal "$(unshare --user --map-current-user --root="$tree" --wd=/ \
		sh -c "$script" 2>&1)" \
		"$(proot -r "$tree" -w / sh -c "$script" 2>&1)"
}

@test "wildcards, blanks, newlines and bytes that are no UTF-8 in names" {
	same 'cd /home; n=$(printf "a b\tc\nd\377*?[e]\\"); mkdir "$n"
		echo x >"$n/$n"; cat "$n/$n"; cd "$n" && pwd -P | od -c; ls | od -c
		ln -s "$n" "../l$n"; cat "../l$n/$n"; rm -r "../$n"; ls -A ..'
}

@test "ls -lR of the whole guest is the same as in a chroot" {
	same 'cd /; ls -lRn bin etc home usr var tmp | grep -v "^total"; find . |
		sort | md5sum; du -a etc'
}

@test "cp, mv, ln, rm, tar, find and sed -i work as in a chroot" {
	same 'cd /home; cp -a /etc e; cp -r /etc f; mv f g/; mv f g; ls -R
		ln e/hostname h; stat -c %h h; sed -i s/guest/host/ e/hostname
		cat h e/hostname; tar cf t.tar e g; mkdir x; tar xf t.tar -C x
		find x -type f | sort | xargs md5sum; rm -r x e; find . | sort
		touch -d "2001-02-03 04:05:06" h; stat -c %y h; truncate -s 5 h
		cat h; chmod 0 h; stat -c %a h; dd if=/etc/passwd of=p bs=1 count=9
		cmp p /etc/passwd; split -b 4 p; ls; mkfifo ff; stat -c %F ff'
}

@test "magic links of /proc lead to guest paths" {
	equal /bin/busybox "$(guest readlink /proc/self/exe)"
	equal / "$(guest -w / readlink /proc/self/cwd)"
	equal /tmp "$(guest -w /tmp readlink /proc/self/cwd)"
	equal / "$(guest readlink /proc/self/root)"
	equal /etc/passwd "$(guest sh -c 'exec 5</etc/passwd
		readlink /proc/self/fd/5')"
	equal /etc/passwd "$(guest sh -c 'exec 5</etc/passwd
		readlink /proc/$$/fd/5')"
	equal guest "$(guest cat /proc/self/root/etc/hostname)"
	equal guest "$(guest -w /etc cat /proc/self/cwd/hostname)"
	equal guest "$(guest sh -c 'exec 5</etc; cat /proc/self/fd/5/hostname')"
	equal guest "$(guest cat /proc/self/task/../root/etc/hostname)"
}

@test "/proc/self is the guest's process, not proot's" {
	equal same "$(guest sh -c 'test "$(readlink /proc/self)" != $$
		exec readlink /proc/self' | grep -q '^[0-9]*$' && echo same)"
	contains "$(guest cat /proc/self/cmdline | tr '\0' ' ')" \
		'cat /proc/self/cmdline'
	contains "$(guest cat /proc/thread-self/comm)" cat
}

@test "/proc/self/maps names guest paths" {
	local maps
	maps=$(guest cat /proc/self/maps)
	contains "$maps" ' /bin/busybox'
	lacks "$maps" "$ROOTFS"
}

@test "/proc/self/mountinfo and /proc/mounts do not fail" {
	guest cat /proc/self/mountinfo >/dev/null
	guest cat /proc/mounts >/dev/null
}

@test "what the host moves is soon seen by a guest that has looked before" {
	mkdir "$SCRATCH/d" "$SCRATCH/other"
	echo old >"$SCRATCH/d/file"
	echo new >"$SCRATCH/other/file"
	mkfifo "$SCRATCH/ready"
	guest_sh 'content() { read -r x <"$1" || x=none; }
		i=0; while [ $i -lt 500 ]; do
			content /tmp/d/file; [ "$x" = old ] || echo "first $x"
			i=$((i + 1)); done
		echo ready >/tmp/ready
		i=0; until content /tmp/d/file 2>/dev/null; [ "$x" = new ]; do
			i=$((i + 1)); [ $i -lt 500000 ] || exit 1; done
		i=0; while [ $i -lt 500 ]; do
			content /tmp/d/file; [ "$x" = new ] || echo "later $x"
			i=$((i + 1)); done; echo seen' >"$SCRATCH/said" &
	equal ready "$(fifo_read "$SCRATCH/ready")"
	mv "$SCRATCH/d" "$SCRATCH/aside"
	ln -s other "$SCRATCH/d"
	wait $!
	equal seen "$(cat "$SCRATCH/said")"
}

@test "a binding stays on top of what is moved below it" {
	mkdir "$SCRATCH/d" "$SCRATCH/d/b" "$SCRATCH/other" "$SCRATCH/bound"
	echo below >"$SCRATCH/d/b/file"
	echo other >"$SCRATCH/other/file"
	echo bound >"$SCRATCH/bound/file"
	equal 'bound bound other' "$(guest -b "$SCRATCH/bound:/tmp/d/b" sh -ec '
		content() { read -r x <"$1" || x=none; }
		i=0; while [ $i -lt 500 ]; do
			content /tmp/d/b/file; [ "$x" = bound ] || echo "first $x"
			content /tmp/other/file; [ "$x" = other ] || echo "first $x"
			i=$((i + 1)); done
		content /tmp/d/b/file; echo $x
		mv /tmp/other /tmp/moved; ln -s moved /tmp/other
		content /tmp/d/b/file; echo $x
		content /tmp/other/file; echo $x' | xargs)"
}
