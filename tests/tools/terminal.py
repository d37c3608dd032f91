#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run a command on a terminal of its own and talk to it.

usage: terminal.py SCRIPT -- COMMAND [ARGUMENT...]

A script has one step a line:

    expect REGEX    wait until the output, from the last match on, matches
    send TEXT       type it; \\r, \\x03 and the like are understood
    size ROWS COLS  of the terminal
    status NUMBER   wait until the command ends with this status

Without a status step, the command is hung up on at the end.
"""

import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios


def fail(step, seen):
    sys.stdout.write("failed at: %s\nseen since the last match: %r\n"
                     % (step, seen))
    sys.exit(1)


def talk(script, pid, terminal):
    seen = b""
    for line in script:
        step = line.strip()
        if not step or step.startswith("#"):
            continue
        verb, _, rest = step.partition(" ")
        if verb == "expect":
            pattern = re.compile(rest.encode())
            found = pattern.search(seen)
            while not found:
                try:
                    more = os.read(terminal, 65536)
                except OSError:
                    more = b""
                if not more:
                    fail(step, seen)
                seen += more
                found = pattern.search(seen)
            seen = seen[found.end():]
        elif verb == "send":
            text = rest.encode().decode("unicode_escape")
            os.write(terminal, text.encode("latin-1"))
        elif verb == "size":
            rows, columns = (int(word) for word in rest.split())
            fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                        struct.pack("HHHH", rows, columns, 0, 0))
        elif verb == "status":
            while True:
                try:
                    if not os.read(terminal, 65536):
                        break
                except OSError:
                    break
            _, status = os.waitpid(pid, 0)
            if os.waitstatus_to_exitcode(status) != int(rest):
                fail("%s, got %r" % (step, status), seen)
            return
        else:
            fail("unknown step: " + step, seen)
    os.close(terminal)
    os.waitpid(pid, 0)


def main():
    script, dashes, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    if dashes != "--" or not command:
        sys.exit(__doc__)
    # The runner may have these ignored or blocked; a login shell would not.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP,
                   signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["PS1"] = "$ "
        os.execvp(command[0], command)
    with open(script) as steps:
        talk(steps, pid, terminal)


main()
