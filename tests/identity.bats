#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Shown identities: who one is, what is remembered, what the host gets to see.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	rootfs_copy "$SCRATCH/root"
	chmod 700 "$SCRATCH/root/root" 2>/dev/null || true
}

# A fake root in a root file system of the test's own.
fake() {
	proot -0 -r "$SCRATCH/root" -b /proc -w / "$@"
}

fake_sh() {
	fake /bin/sh -c "$@"
}

# What stat says of a file in the guest, in a run of its own.
shown() {
	fake stat -c '%u:%g %a' "$1"
}

# Where user attributes are missing, records last for a run.
needs_store() {
	touch "$SCRATCH/probe"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.x", b"")' \
		"$SCRATCH/probe" 2>/dev/null || skip 'no user attributes here'
}

# Times of birth tell files apart in the file beside the root.
has_births() {
	touch "$SCRATCH/probe"
	[ "$(stat -c %W "$SCRATCH/probe")" -gt 0 ]
}

needs_births() {
	has_births || skip 'no times of birth here'
}

# One or the other keeps records of files from one run to the next.
needs_memory() {
	has_births || needs_store
}

@test "-0 and -i show an identity, and without them nothing changes" {
	equal 'uid=0 gid=0 groups=0' "$(guest -0 id | sed 's/([^)]*)//g')"
	equal 'uid=5 gid=6 groups=6' "$(guest -i 5:6 id | sed 's/([^)]*)//g')"
	equal "$(id -u)" "$(guest id -u)"
	equal '0 0' "$(guest -S "$ROOTFS" sh -c 'echo $(id -u) $(id -g)')"
}

@test "files of the user belong to the shown identity, others' to others" {
	equal 0:0 "$(fake stat -c %u:%g /bin)"
	equal 5:6 "$(guest -i 5:6 stat -c %u:%g /tmp)"
	if [ "$(stat -c %u /)" = 0 ]; then
		equal 0 "$(proot -i 5:6 -r / stat -c %u /)"
	fi
}

@test "owners and modes are remembered by the next run" {
	needs_store
	fake_sh 'touch /f && chown 33:44 /f && chmod 4751 /f; mkdir /d
		chown 7 /d && chmod 2700 /d'
	equal '33:44 4751' "$(shown /f)"
	equal '7:0 2700' "$(shown /d)"
	fake chown 0:0 /f
	fake chmod 644 /f
	equal '0:0 644' "$(shown /f)"
}

@test "owners of symlinks, FIFOs and sockets are remembered beside the root" {
	needs_births
	not_in_mode old-kernel 'no time of birth'
	fake_sh 'ln -s x /l && chown -h 5:6 /l && mkfifo /p && chown 7:8 /p'
	equal 5:6 "$(fake stat -c %u:%g /l)"
	equal 7:8 "$(fake stat -c %u:%g /p)"
	[ -f "$SCRATCH/root.proot-attributes" ]
	# Another file, which may get the same inode, has nothing of it.
	fake_sh 'rm /l /p && ln -s x /l && mkfifo /p'
	equal 0:0 "$(fake stat -c %u:%g /l)"
	equal 0:0 "$(fake stat -c %u:%g /p)"
}

@test "without times of birth a run remembers what is in a tmpfs" {
	local memory
	[ -x "$STAGE/old-kernel" ] || skip 'no older kernel can be played here'
	memory=$(mktemp -d /dev/shm/proot-test.XXXXXX) || skip 'no /dev/shm'
	equal 5:6,7:8,0:0 "$("$STAGE/old-kernel" timeout -k 5 "$limit" "$PROOT" \
		-0 -r "$ROOTFS" -b "$memory:/tmp" -w /tmp /bin/sh -c '
			ln -s x gone && chown -h 9 gone && rm gone
			ln -s x l && chown -h 5:6 l && ln -s x new
			mkfifo p && chown 7:8 p
			echo $(stat -c %u:%g l p new) | tr " " ,')"
	rm -r "$memory"
}

@test "a guest sees what another run remembers of a symlink" {
	needs_births
	not_in_mode old-kernel 'no time of birth'
	local said
	cp "$STAGE/root-storm" "$SCRATCH/root/storm"
	fake ln -s x /l
	exec 4< <(fake timeout 60 /storm await /l 5 && echo seen)
	read -r said <&4
	equal looking "$said"
	fake chown -h 5 /l
	read -r said <&4
	equal seen "$said"
}

# After it has looked at many that had none.
@test "a guest sees what another run has just remembered of a file" {
	needs_memory
	mkfifo "$SCRATCH/asks" "$SCRATCH/goes-on"
	mkdir "$SCRATCH/root/many"
	touch "$SCRATCH/root/many/"{1..40}
	fake -b "$SCRATCH" sh -c 'ls -l /many; ls -l /many; echo >"$1/asks"
		read -r line <"$1/goes-on"; exec stat -c %u:%g /many/*' \
		sh "$SCRATCH" >"$SCRATCH/said" &
	read -r <"$SCRATCH/asks"
	fake chown 5:6 /many/9 # the last one
	echo >"$SCRATCH/goes-on"
	wait $!
	equal "$(printf '39 0:0\n1 5:6')" \
		"$(tail -n 40 "$SCRATCH/said" | sort | uniq -c |
			sed 's/^ *//')"
}

@test "a record goes with the file through mv, ln, tar and cp" {
	needs_store
	fake_sh 'touch /f && chown 33:44 /f && chmod 6755 /f
		mv /f /g && ln /g /h && rm /g && cp -p /h /c
		tar cf /t.tar h && mkdir /x && tar xf /t.tar -C /x'
	equal '33:44 6755' "$(shown /h)"
	equal '33:44 6755' "$(shown /x/h)"
	contains "$(fake tar tvf /t.tar)" '-rwsr-sr-x 33/44'
}

@test "records can be read by other tools" {
	needs_store
	fake_sh 'touch /f && chown 33:44 /f && chmod 4751 /f'
	equal 33:44:4751:file "$(python3 -c 'import os, sys
print(os.getxattr(sys.argv[1], "user.containers.override_stat").decode())' \
		"$SCRATCH/root/f")"
}

@test "the host gets no set-ID program and nothing that others may open" {
	fake_sh 'touch /f /g && chmod 6755 /f && chmod 0 /g'
	equal 755 "$(stat -c %a "$SCRATCH/root/f")"
	equal 600 "$(stat -c %a "$SCRATCH/root/g")"
	equal "$(id -u)" "$(stat -c %u "$SCRATCH/root/f")"
}

@test "mode 0000 bars a fake root neither from files nor directories" {
	needs_memory
	equal 'x
y' "$(fake_sh 'echo x >/f && chmod 0 /f && cat /f
		mkdir -p /d/e && chmod 0 /d/e /d && echo y >/d/e/f && cat /d/e/f
		rm /d/e/f && mv /d/e /e')"
	# Nor if somebody else made them so.
	mkdir "$SCRATCH/root/h"
	echo z >"$SCRATCH/root/h/f"
	chmod 0 "$SCRATCH/root/h/f" "$SCRATCH/root/h"
	equal z "$(fake cat /h/f)"
	equal 'd---------' "$(fake stat -c %A /h)"
}

@test "a program is run if any x bit is set" {
	cp "$SCRATCH/root/bin/busybox" "$SCRATCH/root/true"
	fake chmod 0001 /true
	fake /true true
	fake chmod 0600 /true
	run -126 fake_sh /true
}

@test "device nodes show as such, and null, zero and full work" {
	needs_store
	fake_sh 'mkdir -p /nodes && mknod /nodes/null c 1 3 && chmod 666 /nodes/null
		mknod /nodes/zero c 1 5 && mknod /nodes/disk b 8 1'
	equal 'character special file 1:3 666' \
		"$(fake stat -c '%F %t:%T %a' /nodes/null)"
	equal 'block special file 8:1' \
		"$(fake stat -c '%F %t:%T' /nodes/disk)"
	equal '0' "$(fake_sh 'echo x >/nodes/null; wc -c </nodes/null')"
	equal '3' "$(fake_sh 'head -c 3 /nodes/zero | wc -c')"
	run fake cat /nodes/disk
	contains "$output" 'No such device or address'
}

@test "a device node is the file that one gets by opening it" {
	needs_store
	fake_sh 'mkdir -p /nodes && mknod /nodes/null c 1 3 && chmod 640 /nodes/null'
	equal "$(fake_sh 'stat -Lc "%d:%i" /proc/self/fd/0 </nodes/null')" \
		"$(fake stat -c '%d:%i' /nodes/null)"
	equal 'root:640' "$(fake stat -c %U:%a /nodes/null)"
}

@test "what has a mode without w for its owner is a fake root's all the same" {
	needs_store
	cp "$STAGE/root-storm" "$SCRATCH/root/storm"
	fake_sh 'umask 333 && mkdir /d /e && umask 777 && >/f'
	equal 444 "$(fake stat -c %a /d)"
	fake mv /d /e
	# An attribute that is kept, and one that is the file's own.
	fake /storm set /f security.x
	fake /storm set /f user.x
	contains "$(fake /storm list /f)" security.x
	contains "$(fake /storm list /f)" user.x
	equal '0:0 0' "$(shown /f)"
}

@test "a fake root's random changes come out the same without the agent" {
	local seed engine
	[ "$MODE" = default ] || skip 'there is no agent'
	cp "$STAGE/root-storm" "$SCRATCH/root/storm"
	for seed in 1 2 3 4 5 6; do
		for engine in auto tracer; do
			mkdir "$SCRATCH/root/$engine"
			proot --engine="$engine" -0 -r "$SCRATCH/root" \
				-b /proc -w "/$engine" /storm "$seed" 1500 \
				>"$SCRATCH/$engine"
			# What is remembered, without the agent.
			PROOT_ENGINE=tracer fake find "/$engine" -mindepth 1 \
				-exec stat -c '%n %F %a %u:%g %t:%T' {} + |
				sed "s:^/$engine::" | sort \
				>"$SCRATCH/$engine.tree"
		done
		cmp "$SCRATCH/auto" "$SCRATCH/tracer"
		cmp "$SCRATCH/auto.tree" "$SCRATCH/tracer.tree"
		fake rm -rf /auto /tracer
	done
}

@test "/proc/1/root tells a fake root that it is in a chroot" {
	equal "$(stat -c %i /)" "$(fake stat -L -c %i /proc/1/root)"
	equal 1 "$(fake_sh '[ / -ef /proc/1/root ] || echo 1')"
	run fake_sh 'echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd
		su nobody -c "stat -L /proc/1/root"'
	contains "$output" 'Permission denied'
}

@test "a device node in a set-group-ID directory gets its group" {
	needs_store
	fake_sh 'mkdir /given && chown 0:44 /given && chmod 2775 /given &&
		mknod /given/disk b 8 1 && mknod /given/pipe p'
	equal '0:44 644' "$(shown /given/disk)"
	not_in_mode old-kernel 'no time of birth'
	equal '0:44 644' "$(shown /given/pipe)"
}

@test "set-user-ID programs act on the shown identity" {
	needs_store
	cp "$SCRATCH/root/bin/busybox" "$SCRATCH/root/id"
	fake_sh 'chown 33:44 /id && chmod 6755 /id'
	contains "$(fake /id)" 'euid=33'
	contains "$(fake /id)" 'egid=44'
}

@test "what another user makes is its own, and root's is not" {
	needs_store
	mkdir "$SCRATCH/root/open"
	fake_sh 'chmod 1777 /open; echo s >/open/secret; chmod 600 /open/secret
		echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd
		su nobody -c "touch /open/mine; mkdir /open/dir
			cat /open/secret; touch /etc/x; chown 0 /open/mine"' \
		>"$SCRATCH/said" 2>&1 || true
	equal '65534:65534 644' "$(shown /open/mine)"
	equal '65534:65534 755' "$(shown /open/dir)"
	contains "$(cat "$SCRATCH/said")" '/open/secret'
	contains "$(cat "$SCRATCH/said")" '/etc/x'
	contains "$(cat "$SCRATCH/said")" '/open/mine'
	run -1 grep -x s "$SCRATCH/said"
}

@test "others get into root directories and bindings of mode 0700, and no further" {
	mkdir -m 700 "$SCRATCH/bound" "$SCRATCH/bound/closed"
	echo text >"$SCRATCH/bound/file"
	echo text >"$SCRATCH/bound/closed/file"
	echo nobody:x:65534:65534::/:/bin/sh >"$SCRATCH/root/etc/passwd"
	chmod 700 "$SCRATCH/root"
	equal 'text
refused' "$(fake -b "$SCRATCH/bound:/mnt" su nobody -c 'cat /mnt/file
		cat /mnt/closed/file 2>/dev/null || echo refused')"
}

@test "a directory passes its group on" {
	needs_store
	fake_sh 'mkdir /d && chown 0:8 /d && chmod 2775 /d && touch /d/f
		mkdir /d/e'
	equal '0:8 644' "$(shown /d/f)"
	equal '0:8 2755' "$(shown /d/e)"
}

# A default list of "u::rwx,g::r-x,o::r-x" for a directory of the guest.
set_default_list() {
	fake -b /dev -b /usr -b /lib -b /lib64 /usr/bin/python3 -c 'import os, struct, sys
list = struct.pack("<L", 2) + b"".join(struct.pack("<HHL", tag, bits, 0xffffffff)
	for tag, bits in ((1, 7), (4, 5), (32, 5)))
os.setxattr(sys.argv[1], "system.posix_acl_default", list)' "$1"
}

@test "a default access control list is minded in later runs, too" {
	needs_store
	fake mkdir /d
	set_default_list /d
	fake_sh 'umask 077; mkdir /d/sub; touch /d/file'
	equal '0:0 755' "$(shown /d/sub)"
	equal '0:0 644' "$(shown /d/file)"
	fake_sh 'umask 077; cd /d/sub; for i in 1 2 3 4 5 6 7 8; do
		echo >$i; mkdir -p s/$i; done; umask 0; mkdir -m 711 /d/more'
	equal '0:0 644' "$(shown /d/sub/8)"
	equal '0:0 755' "$(shown /d/sub/s/8)"
	equal '0:0 711' "$(shown /d/more)"
}

@test "two guests at once remember what each has set" {
	needs_births
	not_in_mode old-kernel 'no time of birth'
	fake_sh 'for i in 1 2 3 4 5 6 7 8 9; do ln -s x /a$i && chown -h 11 /a$i
		done' &
	fake_sh 'for i in 1 2 3 4 5 6 7 8 9; do ln -s x /b$i && chown -h 22 /b$i
		done'
	wait $!
	for i in 1 5 9; do
		equal 11 "$(fake stat -c %u /a$i)"
		equal 22 "$(fake stat -c %u /b$i)"
	done
}
