#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Language runtimes that make calls of their own: from code that they generate,
# from stacks and threads that they manage, with signals of their own.
#
# Four threads each read 200 files through links, five times, and ask for as
# many that are not there: the sum of what they read, and the failures, are
# known. What this Debian lacks is skipped; `make runtimes` makes one with all.

bats_require_minimum_version 1.5.0

known_answer='48000 4000'

setup() {
	load lib
	if [ -z "$DEBIAN" ]; then
		skip 'no Debian root file system could be made'
	fi
	if [ "$MODE" = native ]; then
		skip 'only in a guest'
	fi
	export PROOT_TEST_TIMEOUT=300
	tree_make
}

# tree/dD/fI holds I, and tree/dD/lI leads to it.
tree_make() {
	local directory file
	for directory in 0 1 2 3 4 5 6 7; do
		mkdir -p "$SCRATCH/tree/d$directory"
		for file in {0..24}; do
			echo "$file" >"$SCRATCH/tree/d$directory/f$file"
			ln -s "../d$directory/f$file" \
				"$SCRATCH/tree/d$directory/l$file"
		done
	done
}

needs() {
	[ -x "$DEBIAN/usr/bin/$1" ] || skip "$1 is not in this Debian; make runtimes"
}

@test "runtimes: python's threads" {
	equal "$known_answer" "$(debian python3 -c '
import os, threading
sums, missing = [0] * 4, [0] * 4
def work(me):
    for n in range(5 * 200):
        d, f = n // 25 % 8, n % 25
        with open(f"/mine/tree/d{d}/l{f}") as file: sums[me] += int(file.read())
        assert os.path.islink(f"tree/d{d}/l{f}")
        try: os.stat(f"/mine/tree/d{d}/none{f}")
        except FileNotFoundError: missing[me] += 1
threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(sums), sum(missing))')"
}

@test "runtimes: node's workers, and its pool of threads" {
	not_in_mode old-kernel 'node itself needs newer system calls'
	cat >"$SCRATCH/work.js" <<-'END'
		const fs = require('fs'), w = require('worker_threads');
		function names(n) {
			const d = '/mine/tree/d' + Math.floor(n / 25) % 8;
			return [d + '/l' + n % 25, 'tree/d0/none' + n];
		}
		function sync() {
			let sum = 0, missing = 0;
			for (let n = 0; n < 1000; n++) {
				const [link, none] = names(n);
				sum += Number(fs.readFileSync(link));
				try { fs.statSync(none); } catch (e) { missing++; }
			}
			return [sum, missing];
		}
		async function pooled() {
			let sum = 0, missing = 0;
			for (let n = 0; n < 1000; n += 20) {
				const some = [...Array(20).keys()].map(i => names(n + i));
				await Promise.all(some.map(async ([link, none]) => {
					const text = await fs.promises.readFile(link);
					sum += Number(text);
					await fs.promises.stat(none).catch(() => missing++);
				}));
			}
			return [sum, missing];
		}
		if (!w.isMainThread) {
			w.parentPort.postMessage(sync());
		} else {
			const all = [pooled(), Promise.resolve(sync())];
			for (let i = 0; i < 2; i++)
				all.push(new Promise(done =>
					new w.Worker(__filename).on('message', done)));
			Promise.all(all).then(r => console.log(
				r.reduce((s, x) => s + x[0], 0),
				r.reduce((s, x) => s + x[1], 0)));
		}
	END
	equal "$known_answer" "$(debian node work.js)"
}

@test "runtimes: java's threads, in code that was compiled just in time" {
	not_in_mode old-kernel 'java itself needs prlimit64'
	cat >"$SCRATCH/Work.java" <<-'END'
		import java.io.*;
		import java.nio.file.*;
		import java.util.concurrent.atomic.*;
		public class Work {
			static AtomicInteger sum = new AtomicInteger();
			static AtomicInteger missing = new AtomicInteger();
			static void work() {
				for (int n = 0; n < 1000; n++) try {
					String d = "/mine/tree/d" + n / 25 % 8;
					Path link = Paths.get(d + "/l" + n % 25);
					sum.addAndGet(Integer.parseInt(
						Files.readString(link).trim()));
					if (!Files.isSymbolicLink(link)) sum.addAndGet(1);
					if (!new File("tree/none" + n).exists())
						missing.incrementAndGet();
				} catch (IOException e) { throw new RuntimeException(e); }
			}
			public static void main(String[] a) throws Exception {
				Thread[] t = new Thread[4];
				for (int i = 0; i < 4; i++)
					(t[i] = new Thread(Work::work)).start();
				for (Thread one : t) one.join();
				System.out.println(sum + " " + missing);
			}
		}
	END
	debian javac Work.java
	equal "$known_answer" "$(debian java -cp /mine Work)"
}

@test "runtimes: perl's and bash's processes" {
	equal "$known_answer" "$(debian perl -e '
		my ($sum, $missing) = (0, 0);
		for my $me (1 .. 4) { open($from[$me], "-|") or do {
			for my $n (0 .. 999) {
				my $d = int($n / 25) % 8; my $f = $n % 25;
				open my $in, "<", "/mine/tree/d$d/l$f" or die;
				$sum += <$in>; -l "tree/d$d/l$f" or die;
				$missing++ unless -e "tree/d$d/none$f";
			}
			print "$sum $missing\n"; exit; }; }
		for my $me (1 .. 4) { my ($s, $m) = split " ", readline $from[$me];
			$sum += $s; $missing += $m; }
		print "$sum $missing\n"')"
}

@test "runtimes: go's goroutines, with its own system calls and preemption" {
	needs go
	not_in_mode old-kernel 'go itself needs newer system calls'
	cat >"$SCRATCH/work.go" <<-'END'
		package main
		import ("fmt"; "os"; "strconv"; "strings"; "sync"; "sync/atomic")
		func main() {
			var sum, missing int64
			var all sync.WaitGroup
			for i := 0; i < 40; i++ {
				all.Add(1)
				go func(i int) {
					defer all.Done()
					for n := i * 25; n < i * 25 + 100; n++ {
						d := fmt.Sprintf("/mine/tree/d%d", n / 25 % 8)
						text, err := os.ReadFile(fmt.Sprintf("%s/l%d", d, n % 25))
						if err != nil { panic(err) }
						v, _ := strconv.Atoi(strings.TrimSpace(string(text)))
						atomic.AddInt64(&sum, int64(v))
						if _, err := os.Stat("tree/none"); os.IsNotExist(err) {
							atomic.AddInt64(&missing, 1)
						}
					}
				}(i)
			}
			all.Wait()
			fmt.Println(sum, missing)
		}
	END
	debian env GOCACHE=/mine/cache GOFLAGS=-mod=mod GO111MODULE=off \
		go build -o work work.go
	equal "$known_answer" "$(debian ./work)"
	equal "$known_answer" "$(debian env GOMAXPROCS=16 ./work)"
}

@test "runtimes: rust's threads" {
	needs rustc
	not_in_mode old-kernel 'rust itself needs newer system calls'
	cat >"$SCRATCH/work.rs" <<-'END'
		use std::{fs, path::Path, thread};
		fn work() -> (u32, u32) {
			let (mut sum, mut missing) = (0, 0);
			for n in 0..1000 {
				let d = format!("/mine/tree/d{}", n / 25 % 8);
				let text = fs::read_to_string(format!("{}/l{}", d, n % 25));
				sum += text.unwrap().trim().parse::<u32>().unwrap();
				missing += !Path::new("tree/none").exists() as u32;
			}
			(sum, missing)
		}
		fn main() {
			let all: Vec<_> = (0..4).map(|_| thread::spawn(work)).collect();
			let r = all.into_iter().map(|t| t.join().unwrap())
				.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
			println!("{} {}", r.0, r.1);
		}
	END
	debian rustc -O work.rs
	equal "$known_answer" "$(debian ./work)"
}

@test "runtimes: luajit's traces call C themselves" {
	needs luajit
	cat >"$SCRATCH/work.lua" <<-'END'
		local ffi = require 'ffi'
		ffi.cdef 'int access(const char *path, int mode);'
		local sum, missing = 0, 0
		for n = 0, 3999 do
			local d, f = math.floor(n / 25) % 8, n % 25
			local file = io.open('/mine/tree/d' .. d .. '/l' .. f)
			sum = sum + file:read('*n')
			file:close()
			missing = missing - ffi.C.access('tree/none', 0)
		end
		print(sum .. ' ' .. missing)
	END
	equal "$known_answer" "$(debian luajit work.lua)"
}

@test "runtimes: erlang's schedulers" {
	needs erl
	not_in_mode old-kernel 'erlang itself needs newer system calls'
	cat >"$SCRATCH/work.erl" <<-'END'
		-module(work).
		-export([main/0]).
		one(N) ->
			Name = io_lib:format("/mine/tree/d~b/l~b", [N div 25 rem 8, N rem 25]),
			{ok, Text} = file:read_file(Name),
			{error, enoent} = file:read_file_info("tree/none"),
			list_to_integer(string:trim(binary_to_list(Text))).
		main() ->
			Me = self(),
			[spawn(fun() -> Me ! lists:sum([one(N) || N <- lists:seq(0, 999)]) end)
				|| _ <- lists:seq(1, 4)],
			Sum = lists:sum([receive S -> S end || _ <- lists:seq(1, 4)]),
			io:format("~b 4000~n", [Sum]), halt().
	END
	debian erlc work.erl
	equal "$known_answer" "$(debian erl -noinput -s work main)"
}
