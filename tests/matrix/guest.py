# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest of a cell, and what its serial logs prove. Each host has a log of its own."""

import os
import re
import threading
import time
import uuid

import disks
from lab import CLIENT_IP, HOSTS, NAME, TARGET, LabError, wait_until

LOG = f"/var/guest/{NAME}.log"
# Pages that it changes a hundred times a second: 1 MiB, more than a slow link takes within QEMU's wish.
STIR_PAGES = 256
TICK = re.compile(rb"^T (\d+) bad=(\d+)$")

DISKS = {
    "strict": f"""
      <disk type='network' device='disk'>
        <driver name='qemu' type='raw' cache='none'/>
        <source protocol='iscsi' name='{TARGET}/1'>
          <host name='{CLIENT_IP}' port='3260'/>
        </source>
        <target dev='vda' bus='virtio'/>
      </disk>""",
    "fast": f"""
      <disk type='file' device='disk'>
        <driver name='qemu' type='raw' cache='none'/>
        <source file='/srv/lab/{NAME}.raw'/>
        <target dev='vda' bus='virtio'/>
      </disk>""",
}


COPIED_DISK = f"""
      <disk type='file' device='disk'>
        <driver name='qemu' type='qcow2' cache='none'/>
        <source file='{disks.PATH}'/>
        <target dev='vda' bus='virtio'/>
      </disk>"""


def xml(disk):
    return f"""<domain type='qemu'>
  <name>{NAME}</name>
  <uuid>{uuid.uuid4()}</uuid>
  <memory unit='MiB'>8</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <kernel>/srv/lab/guest/micro</kernel>
    <cmdline>stir={STIR_PAGES}</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>
  <clock offset='utc'/>
  <devices>
    <controller type='usb' model='none'/>
    <serial type='pty'><log file='{LOG}' append='on'/></serial>{disk}
    <memballoon model='none'/>
  </devices>
</domain>
"""


def start(lab, mode, copied):
    """A fresh, persistent guest with autostart on host-a, once it ticks; its disk is to be copied, or both hosts have it."""
    for host in HOSTS:
        lab.remove(host, LOG)
        lab.touch(host, LOG)
        os.chmod(lab.path(host, LOG), 0o666)
    if copied:
        disks.prepare(lab)
    disk = f"{lab.folder}/shared/{NAME}.raw"
    with open(disk, "wb") as file:
        file.truncate(1 << 20)
    os.chmod(disk, 0o666)
    definition = f"{lab.folder}/{NAME}.xml"
    with open(definition, "w", encoding="utf-8") as file:
        file.write(xml(COPIED_DISK if copied else DISKS[mode]))
    if lab.virsh("host-a", f"define {definition}; autostart {NAME}; start {NAME}", seconds=20) is None:
        raise LabError(f"the guest does not start: {lab.inside('host-a', 'tail', '-n', '3', '/var/log/libvirt/libvirtd.log')}")
    wait_until("the guest ticks", lambda: last_tick(lab, "host-a") is not None)


def read_log(lab, host):
    with open(lab.path(host, LOG), "rb") as file:
        return file.read()


def ticks(data):
    """The numbers of the whole lines of a log, in its order, and how many pages the last of them calls bad."""
    numbers, bad = [], 0
    for line in data.split(b"\n")[:-1]:
        if match := TICK.match(line.rstrip(b"\r")):
            numbers.append(int(match[1]))
            bad = int(match[2])
    return numbers, bad


def last_tick(lab, host):
    numbers = ticks(read_log(lab, host))[0]
    return numbers[-1] if numbers else None


def goes_on(lab, seconds=3.0):
    """The hosts on which the log grows now."""
    before = {host: len(read_log(lab, host)) for host in HOSTS}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.25)
        growing = [host for host in HOSTS if len(read_log(lab, host)) > before[host]]
        if growing:
            # A second one may be a little later.
            time.sleep(0.25)
            return [host for host in HOSTS if len(read_log(lab, host)) > before[host]]
    return []


class Watcher(threading.Thread):
    """Notes when each log grows: how long nothing did, and whether both did at once."""

    PAUSE_S = 0.05

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.paths = [lab.path(host, LOG) for host in HOSTS]
        self.ending = threading.Event()
        self.began = 0.0
        self.gap = 0.0
        self.gap_began = 0.0
        self.both = 0
        self.grew = [0.0, 0.0]

    def sizes(self):
        found = []
        for path in self.paths:
            try:
                found.append(os.stat(path).st_size)
            except OSError:
                found.append(0)
        return found

    def run(self):
        sizes = self.sizes()
        last = time.monotonic()
        alternations, before = 0, None
        while not self.ending.wait(self.PAUSE_S):
            fresh, now = self.sizes(), time.monotonic()
            grown = [i for i in (0, 1) if fresh[i] > sizes[i]]
            if grown:
                since = max(last, self.began)
                if now - since > self.gap:
                    self.gap, self.gap_began = now - since, since
                last = now
                # A hand-over changes the one that grows once; two that run change it all the time.
                alternations += len(grown) == 2 or (before is not None and grown[0] != before)
                before = grown[-1]
            sizes = fresh
        self.both = alternations

    def count_from_now(self):
        """A phase that is held stands still by itself: only what comes after the fault counts."""
        self.began = time.monotonic()
        self.gap = 0.0

    def stop(self):
        self.ending.set()
        self.join()


class Proof:
    """What the logs of both hosts say together."""

    def __init__(self, lab):
        data = {host: read_log(lab, host) for host in HOSTS}
        numbers = {host: ticks(data[host])[0] for host in HOSTS}
        sets = {host: set(numbers[host]) for host in HOSTS}
        self.twice = sorted(sets["host-a"] & sets["host-b"])
        self.repeated = sum(len(numbers[host]) - len(sets[host]) for host in HOSTS)
        self.boots = sum(log.count(b"READY") for log in data.values())
        self.bad = max(ticks(log)[1] for log in data.values())
        everything = sets["host-a"] | sets["host-b"]
        missing = set(range(1, max(everything, default=0) + 1)) - everything
        # One line may have begun on the one host and ended on the other.
        torn = {max(found) + 1 for found in (sets["host-a"], sets["host-b"]) if found}
        self.missing = sorted(missing - torn)

    def faults(self):
        found = []
        if self.twice:
            found.append(f"{len(self.twice)} ticks ran twice, from {self.twice[0]} to {self.twice[-1]}")
        if self.repeated:
            found.append(f"{self.repeated} ticks repeated on one host")
        if self.boots != 1:
            found.append(f"booted {self.boots} times")
        if self.missing:
            found.append(f"{len(self.missing)} ticks missing, from {self.missing[0]}")
        if self.bad:
            found.append(f"{self.bad} bad pages")
        return found
