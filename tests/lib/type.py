#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""type.py PROGRAM [WORD...] -- [WAIT TYPE]...

Runs the program on a terminal of its own; waits for each WAIT in what it writes and then types TYPE (with
Python's escapes). Prints all that it wrote and exits with its status; 124 after 60 s.
"""

import os
import pty
import select
import sys
import time

split = sys.argv.index("--")
command, script = sys.argv[1:split], sys.argv[split + 1 :]
steps = list(zip(script[::2], script[1::2]))
deadline = time.monotonic() + 60

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

seen, fresh = b"", b""
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        data = os.read(terminal, 4096)
    except OSError:  # the last process of the terminal is gone
        break
    seen += data
    fresh += data
    if steps and steps[0][0].encode() in fresh:
        os.write(terminal, steps.pop(0)[1].encode().decode("unicode_escape").encode())
        fresh = b""
else:
    print("type.py: time is up", file=sys.stderr)
    sys.exit(124)

sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
