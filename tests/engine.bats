#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who serves calls: the agent in the guest, or the tracer.
# shellcheck disable=SC2030,SC2031 # each test is a process of its own

bats_require_minimum_version 1.5.0
load lib

setup() {
	[ "$MODE" = default ] || skip 'the agent is there in the default mode only'
	[ "$(uname -m)" = x86_64 ] || skip 'the agent is for x86-64'
	unset PROOT_ENGINE
	counters=$SCRATCH/counters
	export PROOT_COUNTERS=$counters
	mkdir "$SCRATCH/d"
	touch "$SCRATCH/d/file"
}

# The sum of the counters whose names match $1.
count() {
	awk -v name="^($1)$" '$1 ~ name { sum += $2 } END { print sum + 0 }' \
		"$counters"
}

# 500 looks at a file by one process.
look() {
	guest "$@" sh -c 'cd /; i=0; while [ $i -lt 500 ]; do
		[ -e /tmp/d/file ] || exit 1; i=$((i + 1)); done'
}

@test "a path that is looked at often does not stop its guest" {
	look
	[ "$(count 'served[.].*stat.*|served[.]faccessat.*|served[.]access')" -gt 450 ]
	[ "$(count 'stops[.].*stat.*|stops[.]faccessat.*|stops[.]access')" -lt 50 ]
}

# The handlers that the agent has.
handlers() {
	sed -n '/^static bool agent_has/,/^}/s/.*case HANDLER_\([a-z0-9_]*\):.*/\1/p' \
		src/trace/agent.c | sort -u
}

# The calls of this machine that handler $1 is for.
calls_of() {
	# A row may take two lines, and its condition has commas, too.
	tr '\n\t' '  ' <src/syscall/syscalls.def | sed 's/SYSCALL(/\n&/g' |
		sed 's/([^()]*),/,/' |
		sed -nE "s/^SYSCALL\(([a-z0-9_]+),[^,]*, *$1\>.*/\1/p" | sort |
		comm -12 - <(sed -n 's/^NUMBER(\([a-z0-9_]*\),.*/\1/p' \
			src/arch/x86_64/numbers.def | sort)
}

# served_all KEPT [OPTION...]: the agent serves each call of its handlers but
# those of KEPT, which are the tracer's.
served_all() {
	local kept=" $1 " handler call calls wrong=0
	shift
	[ "$(handlers | wc -l)" -ge 30 ]
	guest "$@" -b "$PROBES:/probes" -w /tmp/d /probes/agent-served
	guest "$@" -b "$PROBES:/probes" -w /tmp /probes/agent-spawns
	for handler in $(handlers); do
		calls=$(calls_of "$handler")
		[ -n "$calls" ] || ! echo "$handler has no call" || wrong=1
		for call in $calls; do
			is_as_wanted "$call" "$kept" || wrong=1
		done
	done
	return "$wrong"
}

# is_as_wanted CALL KEPT
is_as_wanted() {
	local served
	served=$(count "served[.]$1")
	case $2 in
	*" $1 "*) [ "$served" = 0 ] || ! echo "$1 is not the tracer's" ;;
	*) [ "$served" -gt 0 ] || ! echo "$1 is not served by the agent" ;;
	esac
}

@test "each call that the agent has a handler for is served there" {
	# Who a guest is, the kernel knows; creat(2) has no flags to look at.
	served_all "creat fchdir $(calls_of 'get(e?[ug]|res)id' | xargs)"
}

@test "for a fake root, too" {
	# The newer one's way to tell how much room there is the tracer knows.
	served_all 'creat truncate listxattrat' -0
}

@test "--engine=tracer and PROOT_ENGINE=tracer stop for each of them" {
	look --engine=tracer
	[ "$(count 'served[.].*')" = 0 ]
	[ "$(count 'stops[.].*')" -gt 500 ]
	rm "$counters"
	PROOT_ENGINE=tracer look
	[ "$(count 'served[.].*')" = 0 ]
}

@test "the option counts more than PROOT_ENGINE" {
	PROOT_ENGINE=tracer look --engine=auto
	[ "$(count 'served[.].*')" -gt 450 ]
}

@test "what one process has met the next ones need not" {
	guest sh -c 'i=0; while [ $i -lt 40 ]; do /bin/busybox test -e /tmp/d/file
		i=$((i + 1)); done'
	[ "$(count 'stops[.].*stat.*|stops[.]faccessat.*|stops[.]access')" -lt 40 ]
}

@test "-v tells which engine it is, and why" {
	run -0 --separate-stderr guest -v 1 /bin/true
	contains "$stderr" 'engine: agent and tracer'
	run -0 --separate-stderr guest -v 1 --engine=tracer /bin/true
	contains "$stderr" 'engine: tracer alone: as asked for'
	PROOT_NO_SECCOMP=1 run -0 --separate-stderr guest -v 1 /bin/true
	contains "$stderr" 'engine: tracer alone: it needs seccomp'
	run -0 --separate-stderr guest -v 2 /bin/true
	contains "$stderr" 'engine: tracer alone: calls are to be told'
}

@test "what is no engine is refused, or warned of" {
	run -1 --separate-stderr guest --engine=warp /bin/true
	contains "$stderr" '--engine: "warp" is no engine; write auto or tracer'
	PROOT_ENGINE=warp run -0 --separate-stderr guest /bin/true
	contains "$stderr" 'PROOT_ENGINE: "warp" is no engine'
}

@test "counters that cannot be written are warned of, and nothing else" {
	PROOT_COUNTERS=/nonexistent/file run -0 --separate-stderr guest /bin/true
	contains "$stderr" 'PROOT_COUNTERS: /nonexistent/file'
}

@test "a guest's maps show nothing of the agent" {
	run -0 guest sh -c 'i=0; while [ $i -lt 50 ]; do [ -e /tmp/d/file ]
		i=$((i + 1)); done; cat /proc/self/maps'
	[ "$(count 'served[.].*')" -gt 0 ]
	lacks "$output" 5540
	lacks "$output" memfd
	lacks "$output" proot
}

# As the user, without capabilities, in a namespace of mounts.
in_mounts() {
	# shellcheck disable=SC2016 # for that shell
	unshare --map-current-user --keep-caps -m sh -ec 'eval "$1"; shift
		exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' sh "$@"
}

# shellcheck disable=SC2016 # for perl
@test "access(2) of the user's own files minds how they are mounted" {
	local judge='use POSIX; for (1 .. 50) { for my $path (qw(b/true c/true)) {
		my $says = POSIX::access($path, POSIX::X_OK) ? "x" : "$!";
		$says .= POSIX::access($path, POSIX::W_OK) ? " w" : " $!";
		$said{"$path $says"} = 1 } } print map "$_\n", sort keys %said'
	command -v perl >/dev/null || skip 'perl is not there'
	unshare --map-current-user --keep-caps -m true 2>/dev/null ||
		skip 'user namespaces are refused here'
	mkdir "$SCRATCH/b" "$SCRATCH/c" "$SCRATCH/e"
	cp /bin/true "$SCRATCH/b"
	cd "$SCRATCH"
	# One device in two kinds of mounts; the binding makes it a known one.
	run -0 in_mounts 'mount -t tmpfs none e; mkdir e/b e/c; cp b/true e/b
		cp b/true e/c; mount --bind e/b b; mount --bind e/c c
		mount -o remount,bind,ro b; mount -o remount,bind,noexec c' \
		timeout 60 "$PROOT" -b "$SCRATCH/e" perl -e "$judge"
	equal "$(printf '%s\n' 'b/true x Read-only file system' \
		'c/true Permission denied w')" "$output"
	[ "$(count 'served[.].*access.*')" -gt 150 ]
}

# 400 files of the user's whose last change is so long ago that it is sure that
# another one must have got another time (emulate/settled.h). It is the clock that
# is waited for; nothing else tells.
settled_files() {
	local made
	mkdir "$SCRATCH/many"
	touch "$SCRATCH/many/"{1..400}
	made=$(date +%s)
	until [ "$(date +%s)" -gt $((made + 2)) ]; do
		sleep 0.1
	done
}

# For how many files a guest's ls(1) asks whether they have a record.
asked() {
	rm -f "$counters"
	guest -0 ls -l /tmp/many >"$SCRATCH/said"
	count asked.records
}

@test "that a file has no record is known to the next run, until it has one" {
	export XDG_CACHE_HOME=$SCRATCH/cache
	settled_files
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.x", b"")' \
		"$SCRATCH/many/1" 2>/dev/null || skip 'no user attributes here'
	[ "$(asked)" -ge 400 ]
	[ "$(asked)" -lt 60 ]
	python3 -c 'import os, sys; os.setxattr(sys.argv[1],
		"user.containers.override_stat", b"5:6:0604")' \
		"$SCRATCH/many/399"
	[ "$(asked)" -lt 60 ]
	contains "$(cat "$SCRATCH/said")" '-rw----r--    1 5        6 '
	rm -r "$SCRATCH/cache"
	[ "$(asked)" -ge 400 ]
}

@test "a cache that cannot be written changes nothing" {
	export XDG_CACHE_HOME=/proc/nothing
	settled_files
	[ "$(asked)" -ge 400 ]
	equal 401 "$(wc -l <"$SCRATCH/said")"
}
