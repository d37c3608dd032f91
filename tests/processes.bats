#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Processes: how they end, signals, terminals, many of them, none left over.

bats_require_minimum_version 1.5.0

setup() {
	load lib
}

# proot itself, without the time limit's process in between: for $!.
proot_alone() {
	exec "${prefix[@]}" "$PROOT" -r "$ROOTFS" -b /proc -b /dev \
		-b "$SCRATCH:/tmp" -w / "$@"
}

# Waits until nobody holds the writing end of a FIFO any more.
fifo_drain() {
	timeout -k 5 "$limit" cat "$1"
}

terminal() {
	"${prefix[@]}" timeout -k 5 "$limit" python3 tests/tools/terminal.py "$@"
}

@test "the exit status is the command's" {
	for wanted in 0 1 2 42 126 127 255; do
		run "-$wanted" guest_sh "exit $wanted"
	done
}

@test "a command that a signal killed gives 128 and the signal" {
	for signal in 1 2 6 9 11 13 15; do
		run "-$((128 + signal))" guest_sh "kill -$signal \$\$"
	done
}

@test "proot waits for what is left running, the status is the command's" {
	mkfifo "$SCRATCH/go"
	guest_sh '(read -r line </tmp/go; echo "$line" >/tmp/said
		exit 9) & exit 4' 3>&- &
	local shell=$! status=0
	fifo_write "$SCRATCH/go" late
	wait "$shell" || status=$?
	equal 4 "$status"
	equal late "$(cat "$SCRATCH/said")"
}

@test "--kill-on-exit ends what the command left running" {
	mkfifo "$SCRATCH/held"
	run -5 guest --kill-on-exit sh -c '
		(exec 9<>/tmp/held; read -r line <&9) & exit 5'
	run -0 guest --kill-on-exit sh -c '(trap "" TERM INT HUP
		exec 9<>/tmp/held; while :; do read -r line <&9; done) & exit 0'
}

@test "a daemon that left its session is waited for, or killed" {
	mkfifo "$SCRATCH/go"
	guest_sh 'setsid sh -c "read -r line </tmp/go; echo \$line >/tmp/said" &
		exit 0' 3>&- &
	local shell=$!
	fifo_write "$SCRATCH/go" late
	wait "$shell"
	equal late "$(cat "$SCRATCH/said")"
	run -0 guest --kill-on-exit sh -c 'setsid sh -c "
		exec 9<>/tmp/go; read -r line <&9" & exit 0'
}

@test "guests end when proot is killed" {
	not_in_mode old-kernel 'PTRACE_O_EXITKILL is newer'
	mkfifo "$SCRATCH/alive" "$SCRATCH/ready" "$SCRATCH/never"
	proot_alone sh -c 'exec 9>/tmp/alive
		sh -c "read -r line </tmp/never" & setsid sh -c "
			echo ready >/tmp/ready; read -r line </tmp/never" & wait' 3>&- &
	local pid=$!
	fifo_drain "$SCRATCH/alive" >"$SCRATCH/drained" 3>&- &
	local drain=$!
	equal ready "$(fifo_read "$SCRATCH/ready")"
	kill -9 "$pid"
	# They held it open; its end says that the last of them is gone.
	wait "$drain"
	local ended=0
	wait "$pid" || ended=$? # not in a subshell, whose child it is not
	equal 137 "$ended"
}

@test "guests end when proot is told to end" {
	mkfifo "$SCRATCH/alive" "$SCRATCH/ready" "$SCRATCH/never"
	proot_alone sh -c 'exec 9>/tmp/alive; echo ready >/tmp/ready
		read -r line </tmp/never' 3>&- &
	local pid=$! drain
	fifo_drain "$SCRATCH/alive" 3>&- &
	drain=$!
	equal ready "$(fifo_read "$SCRATCH/ready")"
	kill -TERM "$pid"
	wait "$drain"
	local ended=0
	wait "$pid" || ended=$? # not in a subshell, whose child it is not
	equal 143 "$ended"
}

@test "traps, kill and wait work among guests" {
	equal 'caught 143 0' "$(guest_sh 'trap "printf \"caught \"" USR1
		kill -USR1 $$; sh -c "kill \$\$"; printf "$? "
		true & wait $!; echo $?')"
}

@test "an ignored signal stays ignored through exec" {
	equal alive "$(guest_sh 'trap "" TERM; exec sh -c "kill \$\$; echo alive"')"
}

@test "SIGPIPE ends a writer" {
	equal y "$(guest_sh '(yes; echo $? >/tmp/status) | head -n 1')"
	equal 141 "$(cat "$SCRATCH/status")"
}

@test "EPIPE reaches a writer that ignores SIGPIPE" {
	equal y "$(guest_sh 'trap "" PIPE
		(yes 2>/tmp/error; echo $? >/tmp/status) | head -n 1')"
	equal 1 "$(cat "$SCRATCH/status")"
	contains "$(cat "$SCRATCH/error")" 'roken pipe'
}

@test "200 processes at once, and all their statuses" {
	equal 200 "$(guest_sh 'i=0; while [ $i -lt 200 ]; do
			(exit 7) & pids="$pids $!"; i=$((i + 1)); done
		n=0; for p in $pids; do wait $p; [ $? = 7 ] && n=$((n + 1)); done
		echo $n')"
}

@test "2,000 short processes leave nothing behind" {
	equal 2000 "$(guest_sh 'i=0; while [ $i -lt 2000 ]; do
			/bin/true & i=$((i + 1))
			[ $((i % 100)) = 0 ] && wait; done; wait; echo $i')"
}

@test "2,000 processes in sequence by exec" {
	equal 'done' "$(guest_sh 'printf "%s\n" \
		"[ \$1 = 0 ] && echo done || exec sh /tmp/again \$((\$1 - 1))" \
		>/tmp/again; exec sh /tmp/again 2000')"
}

@test "orphans are adopted, and no zombie stays" {
	mkfifo "$SCRATCH/go"
	guest_sh 'sh -c "sh -c \"read -r l </tmp/go; echo \\\$l >/tmp/said\" &"
		ls /proc/self >/dev/null' 3>&- &
	local shell=$!
	fifo_write "$SCRATCH/go" adopted
	wait "$shell"
	equal adopted "$(cat "$SCRATCH/said")"
}

@test "pipelines of every length" {
	equal 1000 "$(guest_sh 'seq 1000 | cat | cat | cat | cat | cat | cat |
		cat | cat | cat | sort -n | tail -n 1')"
}

@test "vfork and posix_spawn: a loop of commands" {
	equal 100 "$(guest_sh 'seq 100 | xargs -n 1 echo | wc -l')"
	equal 100 "$(guest_sh 'seq 100 | xargs -P 8 -n 1 echo | wc -l')"
}

@test "a call that blocks is ended by a signal" {
	mkfifo "$SCRATCH/never"
	run -143 guest_sh 'timeout 1 cat <>/tmp/never'
}

@test "umask and the working directory are inherited" {
	equal '0027 /etc' "$(guest_sh 'umask 027; cd /etc
		sh -c "echo \$(umask) \$(pwd -P)"')"
}

@test "limits are inherited" {
	not_in_mode old-kernel "glibc's setrlimit is prlimit64"
	equal 99 "$(guest_sh 'ulimit -n 99; sh -c "ulimit -n"')"
}

@test "a limit of file sizes ends no proot" {
	run -5 guest_sh 'exit 5'
	run -5 sh -c 'ulimit -f 0; exec "$@"' sh "${prefix[@]}" "$PROOT" \
		"${shown[@]}" -r "$ROOTFS" -w / /bin/sh -c 'exit 5'
}

@test "guests of a proot without new privileges are told that they have none" {
	not_in_mode identity 'a shown identity has promised nothing'
	setpriv --no-new-privs true || skip 'no setpriv'
	run -0 setpriv --no-new-privs "$PROOT" -r "$ROOTFS" -b /proc -w / \
		grep NoNewPrivs /proc/self/status
	equal $'NoNewPrivs:\t1' "$output"
	equal $'NoNewPrivs:\t0' "$(guest grep NoNewPrivs /proc/self/status)"
}

@test "signals are blocked, ignored and caught as natively" {
	equal "$(native busybox grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)" \
		"$(guest grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)"
}

@test "an interactive shell has job control: Ctrl-C, Ctrl-Z, fg" {
	terminal tests/tools/job-control.script -- "$PROOT" -r "$ROOTFS" \
		-b /proc -b /dev -b "$SCRATCH:/tmp" -w / /bin/sh -i
}

@test "a terminal's size, hang-up and name reach the guest" {
	terminal tests/tools/terminal.script -- "$PROOT" -r "$ROOTFS" \
		-b /proc -b /dev -b "$SCRATCH:/tmp" -w / /bin/sh -i
}

# shellcheck disable=SC2016 # for that shell
@test "a first command that stops itself stops proot, also without a terminal" {
	local wait='import os, signal, sys
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
stopped = os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
os.killpg(0, signal.SIGCONT)
print(stopped, os.WEXITSTATUS(os.waitpid(child, 0)[1]))'
	equal 'True 3' "$(native setsid -w timeout 60 python3 -c "$wait" "$PROOT" \
		-r "$ROOTFS" -b /proc -w / /bin/sh -c 'kill -STOP $$; exit 3')"
}

@test "proot inside a pipeline of the host" {
	equal '3 a' "$(printf 'c\nb\na\n' | guest sort | guest sh -c \
		'n=0; while read -r l; do n=$((n + 1)); [ $n = 1 ] && f=$l; done
		echo $n $f')"
}

@test "closed standard input, output and error do no harm" {
	run -6 guest_sh 'exit 6' <&- >&- 2>&-
}
