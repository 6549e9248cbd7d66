# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One cell in one column: a fresh guest, a move that is hurt in a phase, what is left, and the verdict."""

import collections
import os
import re
import signal
import time

import disks
import guest
from faults import FAULTS
from lab import HOSTS, NAME, LabError, wait_until
from movers import MOVERS, wait_process
from phases import PHASES, has_job, side

Cell = collections.namedtuple("Cell", "mode phase fault sense lab virsh")
KILLED_QEMU = ("src-qemu-killed", "dst-qemu-killed")
# Where nothing proves which copy is the right one, nothing is destroyed, and an operator decides. A machine that is lost, and
# said to be, is given up.
OPERATOR = {
    # The destination was ended by its restarting daemon and says 'crashed', as one that had run and crashed would.
    ("fast", "finish", "both-daemons-killed"): ["--keep", "source"],
}
SETTLE_S = 15
MOVER_S = 100
# A guest may be late by so much without any fault, on a machine as busy as this one is then.
LATE_S = 3.0


def read_cells(path):
    with open(path, encoding="utf-8") as file:
        return [Cell(*line.rstrip("\n").split("\t")) for line in file if line.strip() and not line.startswith("#")]


def settle(lab):
    """Until both hosts answer without a job and say the same for a while; a broken post-copy keeps its job for ever."""
    end = time.monotonic() + SETTLE_S
    before, since = None, time.monotonic()
    while time.monotonic() < end:
        now = tuple(side(lab, host) for host in HOSTS)
        broken = any("post-copy failed" in (word or "") for word in now)
        busy = None in now or not broken and any(word != "none" and has_job(lab, host) for host, word in zip(HOSTS, now))
        if busy or now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > (3 if broken else 0.7):
            return
        time.sleep(0.1)


class Left:
    """What is on both hosts at the end."""

    def __init__(self, lab, mover):
        self.states = {host: side(lab, host) or "no answer" for host in HOSTS}
        self.known = [host for host in HOSTS if self.states[host] not in ("none", "no answer")]
        self.active = [host for host in self.known if not self.states[host].startswith(("shut off", "crashed"))]
        self.running = [host for host in self.known if self.states[host].startswith("running")]
        self.jobs = [host for host in self.active if has_job(lab, host)]
        self.copying = [host for host in self.active if mover.copies() and disks.has_copy(lab, host)]
        self.stray = [host for host in HOSTS if len(lab.qemus(host)) != (host in self.active)]
        self.persistent, self.autostart = [], []
        for host in self.known:
            info = lab.virsh(host, "dominfo", NAME) or ""
            if re.search(r"^Persistent: +yes", info, re.MULTILINE):
                self.persistent.append(host)
            if re.search(r"^Autostart: +enable$", info, re.MULTILINE):
                self.autostart.append(host)
        self.ticking = guest.goes_on(lab)
        self.pending = mover.pending()

    def words(self):
        return ", ".join(f"{host[-1]}: {self.states[host]}" for host in HOSTS)


def judge(cell, left, proof, column):
    """What is wrong, as (kind, words): doubled, lost, paused, leftover, pending, late."""
    found = []
    if proof.twice or len(left.running) > 1 and len(left.ticking) > 1:
        found.append(("doubled", f"ran twice ({len(proof.twice)} ticks)" if proof.twice else "runs twice"))
    for words in proof.faults():
        if "ran twice" not in words:
            found.append(("lost", words))
    failed = [host for host in left.active if "post-copy" in left.states[host]]
    crashed = cell.fault in KILLED_QEMU and not left.ticking
    if crashed and failed:
        return [*found, ("leftover", f"half of a lost machine on {failed[0][-1]}")]
    if crashed:
        # A crashed machine stays crashed.
        if left.running:
            found.append(("paused", "is called running and stands still"))
        elif left.active:
            found.append(("paused", f"left {left.states[left.active[0]]} on {left.active[0][-1]}"))
    elif not left.active:
        found.append(("lost", "runs nowhere"))
    elif failed:
        found.append(("paused", "left in a broken post-copy"))
    elif not left.running:
        found.append(("paused", f"left {left.states[left.active[0]]}"))
    elif not left.ticking:
        found.append(("paused", "is called running and stands still"))
    found += leftovers(left)
    if column == "ferry":
        holder = left.running or left.persistent
        if holder and not crashed and holder[0] not in left.autostart:
            found.append(("leftover", "autostart is off"))
        if left.pending:
            found.append(("pending", f"{left.pending} move pending"))
    return found


def leftovers(left):
    found = []
    holder = (left.running or left.active or left.persistent or ["nowhere"])[0]
    for host in left.known:
        if host != holder and host in left.active and host not in left.running:
            found.append(("leftover", f"{left.states[host]} on {host[-1]}"))
        elif host != holder and host not in left.active:
            found.append(("leftover", f"definition on {host[-1]}"))
    if holder in left.known and holder not in left.persistent:
        found.append(("leftover", f"transient on {holder[-1]}"))
    for host in left.jobs:
        found.append(("leftover", f"job on {host[-1]}"))
    for host in left.copying:
        found.append(("leftover", f"block job on {host[-1]}"))
    for host in left.stray:
        found.append(("leftover", f"QEMU unknown to libvirt on {host[-1]}"))
    return found


def run_cell(lab, cell, column):
    """One cell in one column. Returns its result; LabError when the cell could not be brought about."""
    began = time.monotonic()
    mover = MOVERS[column](lab, cell.mode, cell.phase)
    phase = PHASES[cell.phase](lab, mover)
    fault = FAULTS[cell.fault](lab, mover)
    watcher = None
    try:
        guest.start(lab, cell.mode, mover.copies())
        watcher = guest.Watcher(lab)
        watcher.start()
        phase.arm()
        mover.start(phase.bandwidth)
        phase.reach()
        struck = time.monotonic()
        watcher.count_from_now()
        hurt(phase, fault, mover)
        mover.recover()
        settle(lab)
        left = Left(lab, mover)
        undecided = decide(cell, mover, left)
        if undecided:
            settle(lab)
            left = Left(lab, mover)
        ended = time.monotonic()
        watcher.stop()
        proof = guest.Proof(lab)
        found = judge(cell, left, proof, column)
        if watcher.gap > ended - struck + LATE_S:
            found.append(("late", f"stood still for {watcher.gap:.1f} s"))
        if watcher.both > 2 and not proof.twice:
            found.append(("doubled", "both logs grew at once"))
        if mover.copies():
            found += judge_disks(lab, left, column)
        return {
            "a": left.states["host-a"], "b": left.states["host-b"], "twice": len(proof.twice),
            "found": [list(pair) for pair in found], "gap": round(watcher.gap, 2), "said": mover.said()[-1500:],
            "undecided": undecided, "seconds": round(time.monotonic() - began, 1),
        }
    finally:
        if watcher:
            watcher.stop()
        clean(lab, mover, phase, fault)


def judge_disks(lab, left, column):
    """Which image is where; nobody runs on it any longer."""
    for host in HOSTS:
        if not remove_machine(lab, host):
            raise LabError(f"the machine on {host} can't be ended")
    return disks.faults(lab, (left.running or left.active or left.persistent or [None])[0], column)


def decide(cell, mover, left):
    """What an operator says where virt-ferry leaves it to him. Returns what he saw, and what he said; else nothing."""
    words = OPERATOR.get((cell.mode, cell.phase, cell.fault))
    if cell.fault in KILLED_QEMU and "is lost: " in mover.said() and not left.ticking:
        words = ["--give-up"]
    if not left.pending or not words:
        return ""
    mover.recover(*words)
    return f"{left.words()}; then {' '.join(words)}"


def hurt(phase, fault, mover):
    """The fault, as long as it has to last; then the move goes on, to whatever end."""
    fault.strike()
    if phase.held:
        phase.let_go()
    if fault.lasting:
        phase.let_go()
    fault.endure()
    if not fault.lasting:
        fault.mend()
        phase.let_go()
    over = wait_process(mover.process, MOVER_S)
    fault.mend()
    if not over:
        raise LabError(f"the move's command does not end: {mover.said()[-400:]}")


def clean(lab, mover, phase, fault):
    """Back to nothing, whatever happened. LabError when that can't be: the lab is to be made anew."""
    fault.mend()
    if mover.process:
        mover.end()
    phase.let_go()
    lab.mend()
    lab.end_shape()
    lab.remove("host-a", "/run/hold-stopped")
    lab.empty("host-b", "/small")
    for host in HOSTS:
        for pid in lab.qemus(host):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        lab.start_daemon(host)
    for host in HOSTS:
        if not remove_machine(lab, host):
            lab.forget_machines(host)
            wait_until(f"{host} is clean", lambda host=host: remove_machine(lab, host))


def remove_machine(lab, host):
    """A job that nobody ends can keep libvirt from it."""
    lab.virsh(host, "destroy", NAME, seconds=3)
    lab.virsh(host, "undefine", NAME, seconds=3)
    names = lab.virsh(host, "list", "--all", "--name", seconds=3)
    return names is not None and NAME not in names.split() and not lab.qemus(host)
