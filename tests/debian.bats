#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A Debian root file system, used as an unprivileged user.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	if [ -z "$DEBIAN" ]; then
		skip 'no Debian root file system could be made'
	fi
	if [ "$MODE" = native ]; then
		skip 'only in a guest'
	fi
}

# The name of the dynamic linker that Debian's programs have.
interpreter() {
	debian sh -c 'ls /lib64/ld-* /lib/ld-linux-* 2>/dev/null | head -n 1'
}

# A small C project of three files with a makefile.
project_make() {
	mkdir "$SCRATCH/project"
	cd "$SCRATCH/project" || return
	cat >main.c <<-'END'
		#include <stdio.h>
		#include "sum.h"
		int main(void) { return printf("%d\n", sum(40, 2)) != 3; }
	END
	echo 'int sum(int a, int b);' >sum.h
	printf '#include "sum.h"\nint sum(int a, int b) { return a + b; }\n' \
		>sum.c
	printf 'sum: main.o sum.o\n\tcc -o $@ $^\n%%.o: %%.c sum.h\n' >Makefile
	printf '\tcc -c -o $@ $<\ncheck: sum\n\t./sum\n' >>Makefile
}

@test "debian: the base system looks like Debian" {
	contains "$(debian cat /etc/os-release)" 'Debian GNU/Linux 12'
	contains "$(debian bash --version)" 'GNU bash'
	equal /usr/bin/bash "$(debian readlink -f /bin/bash)"
	equal "$(id -u)" "$(debian id -u)"
}

@test "debian: what serves the guest is what the mode asks for" {
	run -0 --separate-stderr debian -v 1 true
	case $MODE in
	tracer) contains "$stderr" 'engine: tracer alone: as asked for' ;;
	no-seccomp) contains "$stderr" 'engine: tracer alone: it needs seccomp' ;;
	old-kernel) contains "$stderr" 'engine: tracer alone: it needs ' ;;
	*)
		[ "$(uname -m)" = x86_64 ] || skip 'the agent is for x86-64'
		contains "$stderr" 'engine: agent and tracer'
		;;
	esac
}

@test "debian: the dynamic linker of programs that ran is none of them" {
	equal "$(debian sh -c 'readlink -f "$0"' "$(interpreter)")" \
		"$(debian sh -c '/bin/true; /bin/true
			"$0" /bin/readlink /proc/self/exe' "$(interpreter)")"
}

@test "debian: bash scripts with pipes, here-documents and substitutions" {
	equal 'a b 3' "$(debian bash -c 'read -r x < <(echo a); y=$(cat <<<b)
		n=$(printf "1\n2\n3\n" | tail -n 1); echo $x $y $n')"
}

@test "debian: dpkg knows its packages and finds files" {
	contains "$(debian dpkg -l bash)" 'ii  bash'
	contains "$(debian dpkg -S /usr/bin/make)" 'make: /usr/bin/make'
	debian dpkg --verify bash coreutils make
}

@test "debian: gcc compiles, static and dynamic, and the result runs" {
	project_make
	debian sh -ec 'cd project; gcc -O2 -Wall -o p main.c sum.c; ./p
		gcc -static -o s main.c sum.c; ./s; gcc -pie -g -o g main.c sum.c
		./g; gcc -no-pie -o n main.c sum.c; ./n' >"$SCRATCH/output"
	equal '42 42 42 42' "$(xargs <"$SCRATCH/output")"
}

@test "debian: gcc's shared libraries and rpath" {
	project_make
	equal 42 "$(debian sh -ec 'cd project; gcc -fPIC -shared -o libsum.so sum.c
		gcc -o p main.c -L. -lsum -Wl,-rpath,/mine/project; cd /; 
		/mine/project/p')"
}

@test "debian: make builds in parallel, and not again" {
	project_make
	equal 42 "$(debian make -s -j4 -C project check)"
	contains "$(debian make -C project sum)" 'up to date'
	touch "$SCRATCH/project/sum.h"
	contains "$(debian make -C project sum)" 'cc -c -o main.o'
}

@test "debian: git init, add, commit, branch, merge, clone, gc" {
	export PROOT_TEST_TIMEOUT=300
	run -0 debian sh -ec '
		git config --global user.name n; git config --global user.email e@x
		git config --global init.defaultBranch main
		git init -q repo; cd repo
		for i in $(seq 200); do mkdir -p d$((i % 7)); echo $i >d$((i % 7))/$i
		done
		git add .; git commit -qm first
		git checkout -qb side; echo side >side; git add side
		git commit -qm side; git checkout -q main; echo main >main
		git add main; git commit -qm main; git merge -q -m merged side
		git mv side moved; git commit -qam moved; git rm -q d1/1
		git status --porcelain; git stash -q; git log --oneline | wc -l
		git gc -q; git fsck --no-progress; cd ..
		git clone -q repo copy; git -C copy log --oneline | wc -l
		git clone -q file:///mine/repo other; git -C other ls-files | wc -l
		git -C copy worktree add -q /mine/tree HEAD~1; ls tree | wc -l'
	equal 'D d1/1 5 5 202 9' "$(xargs <<<"$output")"
}

@test "debian: python imports, forks, threads, and runs commands" {
	equal '6 [0, 1, 4, 9] 42 /usr/bin/python3.11' "$(debian python3 -c '
import json, os, sqlite3, ssl, subprocess, sys, threading
from multiprocessing import Pool
from concurrent.futures import ThreadPoolExecutor
def square(x): return x * x
print(sum(ThreadPoolExecutor(4).map(int, "123")), end=" ")
with Pool(2) as pool: print(pool.map(square, range(4)), end=" ")
print(subprocess.run(["sh", "-c", "exit 42"]).returncode, sys.executable
      .replace("python3", os.path.realpath(sys.executable)[9:]) and
      os.path.realpath(sys.executable))')"
}

@test "debian: python's own view of paths agrees with the guest" {
	equal 'True True True /mine' "$(debian python3 -c '
import os, pathlib, tempfile
p = pathlib.Path("/mine/a/b"); p.mkdir(parents=True)
(p / "link").symlink_to("/etc/hostname")
print((p / "link").resolve() == pathlib.Path("/etc/hostname"),
      sorted(os.listdir("/")) == sorted(e.name for e in os.scandir("/")),
      len([f for _, _, f in os.walk("/etc")]) > 30, os.getcwd())')"
}

@test "debian: python's sockets have guest names" {
	equal "/mine/socket b'hello'" "$(debian python3 -c '
import os, socket
server = socket.socket(socket.AF_UNIX); server.bind("/mine/socket")
server.listen()
client = socket.socket(socket.AF_UNIX); client.connect("/mine/socket")
peer, _ = server.accept(); client.send(b"hello")
print(client.getpeername(), peer.recv(9))')"
	[ -S "$SCRATCH/socket" ]
}

@test "debian: python makes a virtual environment" {
	debian python3 -m venv --without-pip v
	equal /mine/v "$(debian v/bin/python -c 'import sys; print(sys.prefix)')"
}

@test "debian: perl runs modules, forks and opens pipes" {
	equal '55 /mine 3 x' "$(debian perl -MList::Util=sum -MCwd -e '
		open my $p, "-|", "echo x"; my $x = <$p>; close $p; chomp $x;
		my $k = fork // die; exit 3 unless $k; waitpid $k, 0;
		print sum(1 .. 10), " ", getcwd(), " ", $? >> 8, " $x"')"
}

@test "debian: tar keeps links, modes, times and deep trees" {
	debian sh -ec 'mkdir -p t/a/b; echo x >t/a/f; ln t/a/f t/h
		ln -s a/f t/s; chmod 640 t/a/f; touch -d @1000000000 t/a/f; mkfifo t/p
		chmod 700 t/a/b; tar czf t.tgz t; mkdir u; tar xzf t.tgz -C u
		(cd t; find . -printf "%p %y %m %n %l %Ts\n" | sort) >1
		(cd u/t; find . -printf "%p %y %m %n %l %Ts\n" | sort) >2
		diff 1 2; test u/t/a/f -ef u/t/h
		tar cf usr.tar /usr/share/perl 2>/dev/null; tar tf usr.tar | wc -l
		tar df usr.tar -C /'
}

@test "debian: rsync copies a tree, and then nothing" {
	debian sh -ec 'rsync -a /usr/share/doc/ copy/; rsync -ai \
		/usr/share/doc/ copy/ >changes; test ! -s changes
		rm -r copy/git; rsync -a --delete /usr/share/doc/ copy/
		diff -r --no-dereference /usr/share/doc copy'
}

@test "debian: sqlite3 in WAL mode, from two processes" {
	equal '1000 wal' "$(debian sh -ec '
		sqlite3 db "pragma journal_mode=wal; create table t(x)" >/dev/null
		(seq 500 | sed "s/.*/insert into t values(&);/"; echo .quit) >i
		sqlite3 -cmd ".timeout 60000" db <i & sqlite3 -cmd ".timeout 60000" db <i
		wait; echo $(sqlite3 db "select count(*) from t; pragma journal_mode")')"
}

@test "debian: node reads files, starts processes, listens on a socket" {
	not_in_mode old-kernel 'node itself needs newer system calls'
	equal 'true hi /mine pong' "$(debian node -e '
		const fs = require("fs"), net = require("net");
		const child = require("child_process");
		const names = fs.readdirSync("/etc").includes("passwd");
		const said = child.execSync("echo hi").toString().trim();
		const server = net.createServer(c => c.end("pong"));
		server.listen("/mine/socket", () => {
			net.connect("/mine/socket").on("data", data => {
				console.log(names, said, process.cwd(), data.toString());
				server.close();
			});
		});')"
}

@test "debian: java compiles and runs, with threads and files" {
	not_in_mode old-kernel 'java itself needs prlimit64'
	cat >"$SCRATCH/Main.java" <<-'END'
		import java.nio.file.*;
		public class Main {
			public static void main(String[] a) throws Exception {
				Thread t = new Thread(() -> System.out.print("thread "));
				t.start(); t.join();
				Path p = Paths.get("link");
				Files.createSymbolicLink(p, Paths.get("/etc/hostname"));
				System.out.print(p.toRealPath() + " ");
				Process q = new ProcessBuilder("sh", "-c", "exit 3").start();
				System.out.println(q.waitFor());
			}
		}
	END
	debian sh -c 'echo x >/dev/null; javac Main.java'
	equal 'thread /etc/hostname 3' "$(debian java -cp /mine Main)"
}

@test "debian: find, xargs, grep and sort over /usr agree with the host" {
	local script='find . -type f -print0 | sort -z | xargs -0 -P 2 -n 200 \
		sha1sum | sort | sha1sum; find . -type l -printf "%p %l\n" |
		sort | sha1sum; find . -printf "%p %y %m %s %T@ %n\n" | sort | sha1sum'
	equal "$(cd "$DEBIAN/usr/lib/python3.11" && LC_ALL=C.UTF-8 bash -c "$script")" \
		"$(debian -w /usr/lib/python3.11 bash -c "$script")"
}

@test "debian: apt-get and dpkg-deb work without a network" {
	debian sh -ec 'mkdir -p p/DEBIAN p/opt; echo x >p/opt/f
		printf "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: m <m@x>\n" \
			>p/DEBIAN/control
		printf "Description: d\n" >>p/DEBIAN/control
		dpkg-deb --root-owner-group -b p p.deb; dpkg-deb -x p.deb q; cat q/opt/f
		apt-cache policy bash'
}

@test "debian: ldconfig, locale and getent read what the guest has" {
	contains "$(debian /sbin/ldconfig -p)" libc.so.6
	contains "$(debian getent passwd root)" 'root:x:0:0'
	contains "$(debian locale -a)" C.utf8
	contains "$(debian ldd /bin/ls)" 'libc.so.6 => /lib'
}

@test "debian: a program starts with all registers clear" {
	if [ "$(uname -m)" != x86_64 ]; then
		skip 'written for x86-64'
	fi
	cat >"$SCRATCH/start.s" <<-'END'
		.globl _start
		_start:	pushfq
			.irp register, bx, cx, dx, si, di, bp
			or %r\register, %rax
			.endr
			.irp number, 8, 9, 10, 11, 12, 13, 14, 15
			or %r\number, %rax
			.endr
			pop %rbx
			sub $0x202, %rbx
			or %rbx, %rax
			neg %rax
			sbb %edi, %edi
			and $1, %edi
			mov $60, %eax
			syscall
	END
	debian cc -nostdlib -static -o start start.s
	debian ./start
}

@test "debian: a directory with two names has the one that it was entered by" {
	mkdir -p "$SCRATCH/tree/in/deep"
	echo top >"$SCRATCH/tree/file"
	ln -s ../file "$SCRATCH/tree/in/up"
	ln -s ../../file "$SCRATCH/tree/in/deep/up"
	cat >"$SCRATCH/names.py" <<-'END'
		import os

		def name(times=20):
		    names = {os.getcwd() for _ in range(times)}
		    names |= {open(path).read().strip() for _ in range(times)
		              for path in ("up", "deep/up") if os.path.islink(path)}
		    return " ".join(sorted(names))

		for place in ("/one/in", "/two/tree/in", "/one/in/deep/..",
		              "/two/tree", "/two/tree/in/deep"):
		    os.chdir(place)
		    print(name())
		    for path in ("/one/in/up", "/two/tree/in/up", "/one/in/deep/up"):
		        for _ in range(20):
		            assert os.stat(path).st_size == 4, path
		child = os.fork()
		if child == 0:
		    print(name())
		    os.chdir("/one/in/deep")
		    print(name())
		    os.chdir("/two/tree/in")
		    os.execvp("python3", ["python3", "-c", """if True:
		        import os
		        print(*{os.getcwd() for _ in range(20)})
		        os.chdir("/one")
		        print(*{os.getcwd() for _ in range(20)})"""])
		os.waitpid(child, 0)
		print(name())
	END
	equal '/one/in top
/two/tree/in top
/one/in top
/two/tree
/two/tree/in/deep top
/two/tree/in/deep top
/one/in/deep top
/two/tree/in
/one
/two/tree/in/deep top' "$(debian -b "$SCRATCH/tree:/one" \
		-b "$SCRATCH:/two" -w / python3 -u /two/names.py)"
}
