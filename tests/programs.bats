#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs: how they start, and what they find out about themselves.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	bin=$SCRATCH/bin
	mkdir "$bin"
}

# script NAME: standard input becomes an executable file, /tmp/bin/NAME.
script() {
	cat >"$bin/$1"
	chmod +x "$bin/$1"
}

@test "a static program runs" {
	cp "$PROBES/static" "$bin"
	guest /tmp/bin/static
}

@test "a dynamic program runs with the guest's dynamic linker" {
	cp "$PROBES/dynamic" "$bin"
	guest /tmp/bin/dynamic
}

@test "a program whose dynamic linker the guest lacks: ENOENT" {
	rootfs_copy "$SCRATCH/rootfs"
	rm "$SCRATCH"/rootfs/lib*/ld-linux*
	cp "$PROBES/dynamic" "$SCRATCH/rootfs/bin"
	same_as_chroot "$SCRATCH/rootfs" /bin/sh -c '/bin/dynamic'
	run -127 proot -r "$SCRATCH/rootfs" -w / /bin/sh -c '/bin/dynamic'
	contains "$output" 'not found'
}

@test "the dynamic linker runs as a program" {
	local linker
	linker=$(cd "$ROOTFS" && ls lib*/ld-linux*)
	cp "$PROBES/dynamic" "$bin"
	guest "/$linker" /tmp/bin/dynamic
	contains "$(guest "/$linker" --list /tmp/bin/dynamic)" 'libc.so.6 => /lib'
}

@test "#! runs the interpreter with the script's path" {
	script hello <<<$'#!/bin/sh\necho "$0 $1 $2"'
	equal '/tmp/bin/hello a b' "$(guest /tmp/bin/hello a b)"
	equal 'bin/hello a b' "$(guest -w /tmp bin/hello a b)"
}

@test "#! passes all that follows as one argument" {
	cp "$PROBES/arguments" "$bin"
	script two <<<$'#! /bin/busybox  sh   \necho one'
	equal one "$(guest /tmp/bin/two)"
	script args <<<$'#!/tmp/bin/arguments  a  b\t \n'
	equal '[/tmp/bin/arguments] [a  b] [/tmp/bin/args] [x]' \
		"$(guest /tmp/bin/args x | tr '\n' ' ' | sed 's/ $//')"
}

@test "#! may name another script" {
	cp "$PROBES/arguments" "$bin/show"
	script first <<<'#!/tmp/bin/show -1'
	script second <<<'#!/tmp/bin/first -2'
	equal '[/tmp/bin/show] [-1] [/tmp/bin/first] [-2] [/tmp/bin/second] [x]' \
		"$(guest /tmp/bin/second x | xargs)"
}

@test "#! four deep works, deeper is ELOOP" {
	rootfs_copy "$SCRATCH/rootfs"
	cp "$PROBES/execve" "$SCRATCH/rootfs/bin"
	local i previous=/bin/sh
	for i in 1 2 3 4 5 6 7; do
		printf '#!%s\necho ran $0\n' "$previous" \
			>"$SCRATCH/rootfs/bin/s$i"
		chmod +x "$SCRATCH/rootfs/bin/s$i"
		previous=/bin/s$i
	done
	same_as_chroot "$SCRATCH/rootfs" /bin/sh -c \
		'for i in 1 2 3 4 5 6 7; do execve /bin/s$i; echo $?; done'
}

@test "#! too deep is found out only of an interpreter that is there" {
	rootfs_copy "$SCRATCH/rootfs"
	cp "$PROBES/execve" "$SCRATCH/rootfs/bin"
	cd "$SCRATCH/rootfs/bin"
	local last i previous
	echo text >text
	chmod +x text
	for last in /no/such /etc /etc/passwd /bin/text /bin/sh; do
		previous=$last
		for i in 1 2 3 4 5 6 7; do
			printf '#!%s\n' "$previous" >"${last##*/}$i"
			chmod +x "${last##*/}$i"
			previous=/bin/${last##*/}$i
		done
	done
	same_as_chroot "$SCRATCH/rootfs" /bin/sh -c '
		for i in such etc passwd text sh; do
			for j in 5 6 7; do execve /bin/$i$j; echo $?; done
		done'
}

@test "#! with an interpreter that is missing, a directory, not executable" {
	rootfs_copy "$SCRATCH/rootfs"
	cp "$PROBES/execve" "$SCRATCH/rootfs/bin"
	cd "$SCRATCH/rootfs/bin"
	printf '#!/no/such\n' >missing
	printf '#!/etc\n' >directory
	printf '#!/etc/passwd\n' >not-executable
	printf '#!\n' >empty
	printf '#!   \n' >blank
	printf '#!sh\n' >relative
	printf '#!/bin/sh' >no-newline
	printf '#!/bin/sh\r\n' >carriage-return
	printf '#!/bin/%s\n' "$(printf %0300d 0)" >long
	chmod +x missing directory not-executable empty blank relative \
		no-newline carriage-return long
	same_as_chroot "$SCRATCH/rootfs" /bin/sh -c 'cd /bin
		for i in missing directory not-executable empty blank relative \
			no-newline carriage-return long; do execve ./$i; echo $?; done'
}

@test "a file without #! is ENOEXEC, and a shell runs it by itself" {
	script plain <<<'echo "ran $1"'
	equal 'ran x' "$(guest_sh '/tmp/bin/plain x')"
	cp "$PROBES/execve" "$bin"
	run -8 guest /tmp/bin/execve /tmp/bin/plain
	equal 'Exec format error' "$output"
}

@test "files that are no programs: ENOEXEC, EACCES, as in a chroot" {
	rootfs_copy "$SCRATCH/rootfs"
	cp "$PROBES/execve" "$SCRATCH/rootfs/bin"
	cd "$SCRATCH/rootfs/bin"
	: >empty
	printf '\177ELF' >short
	head -c 64 busybox >header
	printf '\177ELF\2\1\1%060d' 0 >zeros
	echo text >text
	cp busybox closed
	chmod +x empty short header zeros
	chmod 644 closed
	mkdir directory
	mkfifo fifo
	chmod +x fifo
	same_as_chroot "$SCRATCH/rootfs" /bin/sh -c 'cd /bin
		for i in empty short header zeros text closed directory fifo none \
			text/x ""; do execve "./$i"; echo $?; done'
}

@test "a program that may be run but not read runs" {
	cp "$PROBES/static" "$bin/closed"
	chmod 111 "$bin/closed"
	guest /tmp/bin/closed
	guest_sh '/tmp/bin/closed && exec /tmp/bin/closed'
}

@test "a dynamic program that may not be read runs" {
	cp "$PROBES/dynamic" "$bin/closed"
	chmod 111 "$bin/closed"
	guest /tmp/bin/closed
}

@test "a program is run through a symlink" {
	ln -s /bin/busybox "$bin/basename"
	equal b "$(guest /tmp/bin/basename a/b)"
}

@test "argv[0] is what the caller gave" {
	cp "$PROBES/arguments" "$SCRATCH/show"
	equal '[other]' "$(guest_sh 'exec -a other /tmp/show' |
		head -n 1)"
	equal sh "$(guest sh -c 'tr "\0" "\n" </proc/$$/cmdline; :' |
		head -n 1)"
	equal /bin/sh "$(guest /bin/sh -c 'tr "\0" "\n" </proc/$$/cmdline; :' |
		head -n 1)"
}

@test "/proc/self/exe is the program, not the loader" {
	equal /bin/busybox "$(guest readlink /proc/self/exe)"
	cp "$ROOTFS/bin/busybox" "$bin/readlink"
	equal /tmp/bin/readlink "$(guest /tmp/bin/readlink /proc/self/exe)"
	ln -s readlink "$bin/ls"
	contains "$(guest /tmp/bin/ls -l /proc/self/exe)" ' -> /tmp/bin/readlink'
}

@test "/proc/self/exe can be run and read" {
	equal again "$(guest_sh 'exec -a echo /proc/self/exe again')"
	guest_sh 'cmp /proc/self/exe /bin/busybox'
}

@test "/proc/self/cmdline, comm and environ are the guest's" {
	equal 'cat /proc/self/cmdline' \
		"$(guest cat /proc/self/cmdline | tr '\0' ' ' | sed 's/ $//')"
	equal cat "$(guest cat /proc/self/comm)"
	contains "$(MARK=here guest cat /proc/self/environ | tr '\0' '\n')" \
		MARK=here
	script long-name-of-a-script <<<$'#!/bin/sh\ncat /proc/$$/comm'
	equal long-name-of-a- "$(guest /tmp/bin/long-name-of-a-script)"
}

@test "arguments and environment of 100 kB reach the program" {
	local long
	long=$(printf %0100000d 0)
	equal 100000 "$(guest sh -c 'echo ${#1}' sh "$long")"
	equal 100000 "$(LONG=$long guest sh -c 'echo ${#LONG}')"
}

@test "10,000 arguments reach the program, in order" {
	equal '10000 1 10000' "$(guest_sh 'set -- $(seq 10000)
		sh -c "eval echo \$# \$1 \\\${10000}" sh "$@"')"
}

@test "a program is run from a directory that was removed or renamed" {
	cp "$PROBES/static" "$bin"
	guest_sh 'cd /tmp/bin && mv /tmp/bin /tmp/moved && ./static'
}

@test "a running program cannot be written: ETXTBSY" {
	cp "$ROOTFS/bin/busybox" "$bin/cat"
	chmod u+w "$bin/cat"
	mkfifo "$SCRATCH/hold" "$SCRATCH/ready"
	run -0 guest_sh '/tmp/bin/cat </tmp/hold >/tmp/ready &
		exec 8>/tmp/hold; echo go >&8; read -r go </tmp/ready
		(echo x >>/tmp/bin/cat) 2>&1; exec 8>&-; wait'
	contains "$output" 'ext file busy'
}

@test "proot works with /tmp missing, read-only or on no path at all" {
	PROOT_TMP_DIR=/no/such/directory TMPDIR=/no/such/directory \
		run -0 guest echo ran
	equal ran "$output"
}

@test "stripped of every environment variable, a guest runs" {
	equal ran "$(timeout -k 5 60 "${prefix[@]}" env -i "$PROOT" -r "$ROOTFS" \
		-w / /bin/echo ran)"
}

@test "a file that is both bound and run" {
	guest -b "$PROBES/static:/bin/renamed" /bin/renamed
}
