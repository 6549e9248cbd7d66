# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two that move: stock virsh, and virt-ferry with its recover."""

import glob
import os
import signal
import subprocess
import time

import disks
from lab import HOSTS, NAME, TREE, LabError, ending, wait_until

VIRT_FERRY = os.environ.get("VIRT_FERRY", f"{TREE}/build/src/virt-ferry")
STATE = "/mnt/ferry-state"
POSTCOPY_PHASES = ("post-copy", "post-copy-paused")
COPY_PHASES = ("disk-copy",)


class Mover:
    def __init__(self, lab, mode, phase):
        self.lab = lab
        self.mode = mode
        self.phase = phase
        self.process = None
        self.output = f"{lab.folder}/{self.name}.out"

    def start(self, bandwidth):
        with open(self.output, "w", encoding="utf-8") as out:
            self.process = self.lab.spawn_client(self.command(bandwidth), out, self.environment())

    def copies(self):
        """Whether the disk travels, too."""
        return self.phase in COPY_PHASES

    def environment(self):
        return dict(os.environ, LC_ALL="C.UTF-8")

    def is_over(self):
        return self.process.poll() is not None

    def said(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self):
        """Whatever state it is in."""
        pid = self.to_hurt()
        for victim in {pid, self.process.pid} - {None}:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()


class Virsh(Mover):
    name = "virsh"

    def command(self, bandwidth):
        lab = self.lab
        words = ["virsh", "-c", lab.uri("host-a"), "migrate", "--live", "--p2p", "--persistent", "--undefinesource"]
        if bandwidth:
            words += ["--bandwidth", str(bandwidth)]
        if self.phase in POSTCOPY_PHASES:
            words += ["--postcopy"]
        if lab.image == "bookworm":
            words += ["--unsafe"]
        if self.copies():
            disks.make_image(lab)
            words += ["--copy-storage-all", "--migrate-disks", "vda"]
        return [*words, NAME, lab.uri("host-b", gate=True)]

    def to_hurt(self):
        return self.process.pid

    def recover(self, *decision):
        """Nothing: that is what the column shows."""

    def pending(self):
        return 0

    def fill(self):
        raise LabError("virsh keeps no records")

    def empty(self):
        pass


class Ferry(Mover):
    name = "ferry"

    def start(self, bandwidth):
        folder = self.lab.path("client", STATE)
        subprocess.run(["rm", "-rf", *glob.glob(f"{folder}/*")], check=True)
        os.mkdir(f"{folder}/records", 0o700)
        super().start(bandwidth)

    def environment(self):
        return dict(super().environment(), FERRY_STATE_DIR=f"{STATE}/records", FERRY_CONFIG="/dev/null")

    def command(self, bandwidth):
        lab = self.lab
        # An image is put aside by a shell on its host.
        src, dst = (lab.ssh_uri(host) if self.copies() else lab.uri(host, gate=host == "host-b") for host in HOSTS)
        words = [VIRT_FERRY, "migrate", NAME, dst, "--connect", src, "--yes"]
        if bandwidth:
            words += ["--bandwidth", str(bandwidth)]
        if self.phase in POSTCOPY_PHASES:
            words += ["--postcopy"]
        else:
            words += [f"--{self.mode}"]
        if self.mode == "fast":
            # Without ssh to the hosts the lock can't be proved; in the lab it is there.
            words += ["--force", "image-lock"]
        if lab.image == "bookworm":
            words += ["--unsafe"]
        return words

    def to_hurt(self):
        """The runner, a child with a session of its own; None when it has ended."""
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                        fields = file.read().rpartition(") ")[2].split()
                except OSError:
                    continue
                if int(fields[1]) == self.process.pid and fields[3] == entry and fields[0] not in "ZX":
                    return int(entry)
        return None

    def pending(self):
        """How many moves have no outcome."""
        found = glob.glob(f"{self.lab.path('client', STATE)}/records/*.db")
        if not found:
            return 0
        file = f"{STATE}/records/{os.path.basename(found[0])}"
        run = subprocess.run(self.lab.client_command(["sqlite3", "-cmd", ".timeout 5000", file,
                                                      "SELECT count(*) FROM txns WHERE outcome IS NULL"]),
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise LabError(f"cannot read the records: {run.stderr.strip()}")
        return int(run.stdout)

    def recover(self, *decision):
        """As an operator does: again while something is pending, since a host may have answered late."""
        for _ in range(3):
            if not self.pending() or "is lost: " in self.said() and not decision:
                return
            with open(self.output, "a", encoding="utf-8") as out:
                out.write("-- recover\n")
                out.flush()
                which = [NAME, *decision] if decision else ["--all"]
                process = self.lab.spawn_client([VIRT_FERRY, "recover", *which, "--yes"], out, self.environment())
            if not wait_process(process, RECOVER_S):
                process.kill()
                process.wait()
                raise LabError("recover does not end")

    def fill(self):
        self.lab.fill("client", STATE)

    def empty(self):
        self.lab.empty("client", STATE)


RECOVER_S = 120
MOVERS = {"virsh": Virsh, "ferry": Ferry}


def wait_process(process, seconds):
    """True when it has ended by itself."""
    end = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > end or ending.wait(0.02):
            return False
    return True


def wait_runner(mover):
    return wait_until("the one to be hurt is there", mover.to_hurt)
