# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong: strike() makes the fault, endure() waits until it has lasted long enough, mend() ends it."""

import os
import signal
import time

from lab import HOSTS, IMAGES, KEEPALIVE_S, NAME, LabError, started, wait_until
from movers import wait_runner

SHORT_S = 2.0


class Fault:
    # Whether it lasts until the move's command has ended.
    lasting = False

    def __init__(self, lab, mover):
        self.lab = lab
        self.mover = mover
        self.connected = False

    def strike(self):
        raise NotImplementedError

    def endure(self):
        """Beyond the keepalive: that time, and until a source that was connected has given up, where that can be seen."""
        end = time.monotonic() + KEEPALIVE_S + 0.5
        time.sleep(KEEPALIVE_S + 0.5)
        while self.connected and self.lab.source_is_connected() and time.monotonic() < end + 5:
            time.sleep(0.05)

    def mend(self):
        """Also called when nothing is to be mended."""


class Signals(Fault):
    """SIGKILL, or SIGSTOP and SIGCONT later."""

    frozen = False

    def victims(self):
        raise NotImplementedError

    def strike(self):
        self.pids = self.victims()
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP if self.frozen else signal.SIGKILL)

    def endure(self):
        if self.frozen:
            super().endure()

    def mend(self):
        for pid in getattr(self, "pids", []) if self.frozen else []:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


class Runner(Signals):
    def victims(self):
        return [wait_runner(self.mover)]


class Daemons(Signals):
    hosts = ()

    def strike(self):
        # Only the destination's is seen: a frozen source closes nothing.
        self.connected = self.hosts == HOSTS[1:] and self.lab.source_is_connected()
        super().strike()
        if not self.frozen:
            for pid in self.pids:
                wait_until("the daemon has ended", lambda pid=pid: started(pid) is None)

    def victims(self):
        return [wait_until("the daemon is there", lambda host=host: self.lab.daemon(host)) for host in self.hosts]

    def mend(self):
        super().mend()
        if not self.frozen:
            for host in self.hosts:
                self.lab.start_daemon(host)


class Qemu(Signals):
    hosts = ()

    def victims(self):
        found = [pid for host in self.hosts for pid in self.lab.qemus(host)]
        if len(found) != 1:
            raise LabError(f"{len(found)} QEMUs on {self.hosts[0]}")
        return found


class MigrationCut(Fault):
    def strike(self):
        self.lab.cut_migration()

    def mend(self):
        self.lab.mend()


class AllCut(Fault):
    def strike(self):
        self.lab.cut_all()

    def mend(self):
        self.lab.mend()


class AllCutShortly(AllCut):
    def endure(self):
        time.sleep(SHORT_S)


class DiskFull(Fault):
    """The one of what is written in the phase: the machine's disk, else what libvirt keeps."""

    lasting = True

    def __init__(self, lab, mover):
        super().__init__(lab, mover)
        self.folder = IMAGES if mover.copies() else "/small"

    def strike(self):
        self.lab.fill("host-b", self.folder)

    def endure(self):
        pass

    def mend(self):
        self.lab.empty("host-b", self.folder)


class StateFull(Fault):
    lasting = True

    def strike(self):
        self.mover.fill()

    def endure(self):
        pass

    def mend(self):
        self.mover.empty()


class Abort(Fault):
    """By somebody else."""

    def strike(self):
        if self.lab.virsh("host-a", "domjobabort", NAME) is None:
            raise LabError("the job can't be aborted")

    def endure(self):
        pass


def kind(base, **attributes):
    return type(base.__name__, (base,), attributes)


FAULTS = {
    "runner-killed": Runner,
    "runner-frozen": kind(Runner, frozen=True),
    "src-daemon-killed": kind(Daemons, hosts=HOSTS[:1]),
    "src-daemon-frozen": kind(Daemons, hosts=HOSTS[:1], frozen=True),
    "dst-daemon-killed": kind(Daemons, hosts=HOSTS[1:]),
    "dst-daemon-frozen": kind(Daemons, hosts=HOSTS[1:], frozen=True),
    "both-daemons-killed": kind(Daemons, hosts=HOSTS),
    "both-daemons-frozen": kind(Daemons, hosts=HOSTS, frozen=True),
    "src-qemu-killed": kind(Qemu, hosts=HOSTS[:1]),
    "src-qemu-frozen": kind(Qemu, hosts=HOSTS[:1], frozen=True),
    "dst-qemu-killed": kind(Qemu, hosts=HOSTS[1:]),
    "dst-qemu-frozen": kind(Qemu, hosts=HOSTS[1:], frozen=True),
    "migration-cut": MigrationCut,
    "all-cut": AllCut,
    "all-cut-2s": AllCutShortly,
    "dst-disk-full": DiskFull,
    "state-full": StateFull,
    "abort": Abort,
}
