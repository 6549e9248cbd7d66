#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands where ssh does between virt-ferry and a host, and strikes at a chosen step.

    qemu+ssh://HOST/system?command=FOLDER/ssh         where FOLDER/ssh is a link to this file

A step is a call that changes something on the host, a definition that is read, or a script that runs there; it is named
after what it is and counted per connection's program: 'define-2'. FOLDER/steps gets a line for each. FOLDER/plan holds one line,
'STEP before|after VICTIM'. Before: the host has not got the call. After: it has answered, and virt-ferry does not know.

    runner  virt-ferry is killed with SIGKILL
    term    it gets SIGTERM, and everything goes on
    daemon  the daemon whose pid is in FOLDER/daemon is killed; nothing goes on until FOLDER/restarted is there, then the
            connection ends
"""

import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import sys
import threading
import time

# libvirt's framing (src/rpc/virnetprotocol.x): length with itself, program, version, procedure, type, serial.
HEADER = struct.Struct(">IIIiII")
REMOTE_PROGRAM = 0x20008086
CALL, REPLY = 0, 1
# Of src/remote/remote_protocol.x.
STEPS = {
    14: "read",  # domain_get_xml_desc
    29: "autostart",  # domain_set_autostart
    185: "snapshot",  # domain_snapshot_create_xml
    231: "undefine",  # domain_undefine_flags
    350: "define",  # domain_define_xml_flags
    358: "rename",  # domain_rename
    411: "checkpoint",  # domain_checkpoint_create_xml
}
PATIENCE_S = 120


class Folder:
    def __init__(self, path):
        self.path = path
        self.runner = runner_of(os.getppid())
        self.plan = self.read("plan").split()

    def file(self, name):
        return os.path.join(self.path, name)

    def read(self, name):
        with contextlib.suppress(FileNotFoundError), open(self.file(name)) as file:
            return file.read()
        return ""

    def step(self, kind):
        """Counts a step. Returns: its name"""
        with open(self.file("steps"), "a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            count = sum(line.rsplit("-", 1)[0] == kind for line in file)
            name = f"{kind}-{count + 1}"
            file.write(name + "\n")
        return name

    def strike(self, name, moment):
        """Does what is planned. Returns: whether the connection goes on"""
        if self.plan[:2] != [name, moment]:
            return True
        victim = self.plan[2]
        with open(self.file("struck"), "w") as file:
            file.write(f"{self.runner}\n")
        if victim == "daemon":
            os.kill(int(self.read("daemon")), signal.SIGKILL)
            until(lambda: os.path.exists(self.file("restarted")))
            return False
        os.kill(self.runner, signal.SIGTERM if victim == "term" else signal.SIGKILL)
        return victim == "term"


def runner_of(pid):
    """The nearest of the parents that is virt-ferry: libvirt starts ssh itself."""
    while pid > 1:
        with open(f"/proc/{pid}/stat") as file:
            name, _, rest = file.read().partition("(")[2].rpartition(")")
        if name == "virt-ferry":
            return pid
        pid = int(rest.split()[1])
    sys.exit("ssh-relay: not started by virt-ferry")


def until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def read_exactly(fd, size):
    data = b""
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            return None
        data += part
    return data


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def frames(fd):
    """Yields (program, procedure, type, serial, whole frame)."""
    while (head := read_exactly(fd, HEADER.size)) is not None:
        length, program, _, procedure, kind, serial = HEADER.unpack(head)
        body = read_exactly(fd, length - HEADER.size)
        if body is None:
            return
        yield program, procedure, kind, serial, head + body


class Connection:
    """libvirt's protocol, one way in a thread each; the first that ends is the end."""

    def __init__(self, folder, ssh):
        self.folder = folder
        self.ssh = ssh
        self.open = {}  # serial: the name of the step that has no answer yet

    def calls(self):
        for program, procedure, kind, serial, frame in frames(0):
            if program == REMOTE_PROGRAM and kind == CALL and procedure in STEPS:
                name = self.folder.step(STEPS[procedure])
                self.open[serial] = name
                if not self.folder.strike(name, "before"):
                    self.end()
            write_all(self.ssh.stdin.fileno(), frame)

    def replies(self):
        for program, _, kind, serial, frame in frames(self.ssh.stdout.fileno()):
            if program == REMOTE_PROGRAM and kind == REPLY and serial in self.open:
                if not self.folder.strike(self.open.pop(serial), "after"):
                    self.end()
            write_all(1, frame)

    def pump(self, work):
        with contextlib.suppress(OSError):
            work()
        self.end()

    def end(self):
        self.ssh.kill()
        os._exit(0)

    def run(self):
        threading.Thread(target=self.pump, args=(self.calls,), daemon=True).start()
        self.pump(self.replies)


def run_script(folder, ssh):
    """What it says is held back until it has ended."""
    name = folder.step("script")
    if not folder.strike(name, "before"):
        sys.exit(255)
    said = subprocess.run(ssh, stdout=subprocess.PIPE, check=False)
    if not folder.strike(name, "after"):
        sys.exit(255)
    write_all(1, said.stdout)
    sys.exit(said.returncode)


def main():
    folder = Folder(os.path.dirname(sys.argv[0]))
    ssh = ["ssh", *sys.argv[1:]]
    if sys.argv[-1] == "sh -s":
        run_script(folder, ssh)
    Connection(folder, subprocess.Popen(ssh, stdin=subprocess.PIPE, stdout=subprocess.PIPE)).run()


if __name__ == "__main__":
    main()
