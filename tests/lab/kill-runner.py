#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills runners with SIGKILL in each journal phase, recovers, and wants one running machine and a clean destination.

    kill-runner.py [--phases PHASE,...] [--unsafe] VIRT_FERRY EACH VM...
                                                  on the client of a lab whose hosts are host-a and host-b

Each VM, a running guest, has a thread of its own, with relays of its own before both daemons and records of its
own: what is killed for one does not hurt the others. A relay sees every call that virt-ferry makes before the daemon does.
While it has that call, the runner stands in the phase that the records name, so a kill then is in that phase for sure:
before or after the call is passed on, as chance has it. Which call of a phase it is, is chance too, among as many as the
last move made in it. For 'begin', which makes no call, strace ends the runner at one of its writes to the records instead.
For 'undo' the way between the two daemons is broken once the destination is prepared.

Snapshots and checkpoints that a machine has at the beginning it must have whenever it was recovered, with the current one;
the other host must have none.

Prints one JSON object: kills by phase as the records showed it after the death, and everything that was not well.
"""

import argparse
import collections
import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time

PHASES = ("begin", "perform", "settle", "commit", "verify", "undo")
# Only of machines that need something to be prepared.
PREPARE = "prepare"
HOSTS = ("host-a", "host-b")
CLIENT = "192.0.2.2"
PORT = 16509
PATIENCE_S = 120
# Moves tried for each kill that is wanted: a phase may end before the chosen call comes.
TRIES = 12
# Of a process's writes to the records the numbers of those that are tried for 'begin', until it is known which are in it.
WRITES = (1, 40)
# libvirt's framing (src/rpc/virnetprotocol.x): length with itself, program, version, procedure, type.
HEADER = struct.Struct(">IIIiI")
REMOTE_PROGRAM = 0x20008086
CALL, REPLY = 0, 1
MIGRATE_PREPARE3_PARAMS = 303
PR_SET_CHILD_SUBREAPER = 36


class Relay:
    """Passes frames between clients and a daemon. on_frame(peer, kind, procedure, pass_on) passes each on, or closes."""

    def __init__(self, host, on_frame):
        self.host = host
        self.on_frame = on_frame
        self.listener = socket.create_server((CLIENT, 0))
        self.uri = f"qemu+tcp://{CLIENT}:{self.listener.getsockname()[1]}/system"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, peer = self.listener.accept()
            with contextlib.suppress(OSError):
                daemon = socket.create_connection((self.host, PORT))
                for ends in ((client, daemon), (daemon, client)):
                    threading.Thread(target=self.pump, args=(*ends, peer[0]), daemon=True).start()

    def pump(self, reader, writer, peer):
        with contextlib.suppress(OSError):
            while (head := read_exactly(reader, HEADER.size)) is not None:
                length, program, _, procedure, kind = HEADER.unpack(head)
                body = read_exactly(reader, length - HEADER.size)
                if body is None:
                    break
                pass_on = lambda frame=head + body: writer.sendall(frame)
                if program != REMOTE_PROGRAM:
                    pass_on()
                elif not self.on_frame(peer, kind, procedure, pass_on):
                    break
        for end in (reader, writer):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def read_exactly(reader, size):
    data = b""
    while len(data) < size:
        part = reader.recv(size - len(data))
        if not part:
            return None
        data += part
    return data


def other(host):
    return HOSTS[1] if host == HOSTS[0] else HOSTS[0]


def virsh(host, *words):
    return subprocess.run(["virsh", "-q", "-c", f"qemu+tcp://{host}/system", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout


def places(vm):
    """Every host that knows the machine: its state there."""
    found = {}
    for host in HOSTS:
        if vm in virsh(host, "list", "--all", "--name").split():
            found[host] = virsh(host, "domstate", vm).strip()
    return found


def moments(host, vm):
    """The machine's snapshots there with their parents and the current one, and its checkpoints."""
    if vm not in virsh(host, "list", "--all", "--name").split():
        return None
    snapshots = virsh(host, "snapshot-list", vm, "--parent", "--topological").split()
    # a machine without one is an error to virsh
    current = virsh(host, "snapshot-current", vm, "--name").strip() if snapshots else ""
    return (snapshots, current, virsh(host, "checkpoint-list", vm, "--parent", "--topological").split())


class Machine:
    """One guest that is moved, and killed for, again and again."""

    def __init__(self, program, vm, chance, unsafe):
        self.program = program
        self.vm = vm
        self.options = ("--unsafe",) if unsafe else ()
        self.chance = chance
        (self.place,) = places(vm)
        self.moments = moments(self.place, vm)
        self.folder = tempfile.mkdtemp(prefix=f"ferry-kill-{vm}-")
        self.environment = dict(os.environ, FERRY_STATE_DIR=self.folder, FERRY_CONFIG="/dev/null", LC_ALL="C.UTF-8")
        self.lock = threading.Lock()
        self.aim = None  # (phase, the number of the call in it) while a move is to be killed
        self.calls = collections.Counter()  # of this move
        self.usual = dict.fromkeys((*PHASES, PREPARE), 3)  # calls of a phase, as last seen
        self.killed = None  # the runner's pid
        self.writes = WRITES  # those among which 'begin' is found
        self.relays = {host: Relay(host, self.on_frame) for host in HOSTS}
        for host in HOSTS:
            self.ferry("host", "add", host, self.relays[host].uri, check=True)

    def ferry(self, *words, prefix=(), check=False):
        return subprocess.run([*prefix, self.program, *words], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE_S, check=check)

    def record(self):
        """Phase, runner and outcome of the newest move."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/state.db?mode=ro", uri=True, timeout=10)) as db:
            row = db.execute("SELECT id, phase, owner_pid, outcome FROM txns ORDER BY id DESC LIMIT 1").fetchone()
        return row or (0, None, None, None)

    def on_frame(self, peer, kind, procedure, pass_on):
        if self.aim is not None and self.aim[0] == "undo" and kind == REPLY and peer != CLIENT \
                and procedure == MIGRATE_PREPARE3_PARAMS:
            return False
        if self.aim is None or kind != CALL or peer != CLIENT:
            pass_on()
            return True
        with self.lock:
            strike = self.is_the_one()
            after = self.chance.random() < 0.5
            if strike and not after:
                self.kill()
            # What is on its way when its sender dies may arrive or not.
            if not strike or after or self.chance.random() < 0.5:
                pass_on()
            if strike and after:
                self.kill()
        return True

    def is_the_one(self):
        phase, wanted = self.aim
        _, now, _, outcome = self.record()
        if self.killed is not None or outcome is not None or now is None:
            return False
        self.calls[now] += 1
        return now == phase and self.calls[now] == wanted

    def bury(self):
        """Waits until the runner of the newest move has ended; the command that it was forked off has."""
        pid = self.record()[2]
        with contextlib.suppress(ChildProcessError):
            if pid is not None:
                os.waitpid(pid, 0)

    def kill(self):
        pid = self.record()[2]
        # The command may have ended before this thread goes on.
        self.killed = pid
        os.kill(pid, signal.SIGKILL)

    def strike(self, phase):
        """One move that is to be killed in @phase. Returns: the phase in which it was; None when it lived."""
        before = self.record()[0] if os.path.exists(f"{self.folder}/state.db") else 0
        words = ("migrate", self.vm, other(self.place), "--yes", "--no-probe", *self.options)
        self.killed = None
        self.calls.clear()
        if phase == "begin":
            number = self.chance.randint(*self.writes)
            self.ferry(*words, prefix=("strace", "-f", "-qq", "-e", "trace=pwrite64",
                                       "-e", f"inject=pwrite64:signal=SIGKILL:when={number}"))
            self.bury()
            return self.learn(number, before)
        self.aim = (phase, self.chance.randint(1, self.usual[phase]))
        done = self.ferry(*words)
        self.aim = None
        self.bury()
        self.usual[phase] = max(self.usual[phase], self.calls[phase]) if self.killed else max(1, self.calls[phase])
        if self.killed is None:
            self.settle(done, phase)
            return None
        return self.record()[1]

    def learn(self, number, before):
        """Narrows the writes among which the runner is killed to those in 'begin'."""
        low, high = self.writes
        new, phase, _, outcome = self.record()
        if outcome == "done" and new > before:
            self.place = other(self.place)
        if new > before and outcome is None and phase == "begin":
            return phase
        self.writes = (number + 1, high) if new == before else (low, max(low, number - 1))
        if self.writes[0] > self.writes[1]:
            self.writes = WRITES
        return phase if new > before and outcome is None else None

    def settle(self, done, phase):
        """A move that nobody killed: where is it now?"""
        if done.returncode == 0:
            self.place = other(self.place)
        elif phase != "undo":
            raise RuntimeError(f"{self.vm}: a move that was left alone: {done.stderr.strip()}")

    def recover(self):
        """Returns: what was not well afterwards, in words; '' when all was."""
        done = self.ferry("recover", "--all", "--yes")
        self.bury()
        _, phase, _, outcome = self.record()
        found = places(self.vm)
        if done.returncode != 0:
            return f"recover ended with {done.returncode}: {done.stderr.strip()}"
        if outcome is None:
            return f"recover ended well, but the move is still in '{phase}'"
        if list(found.values()) != ["running"]:
            return f"the machine is {found}"
        self.place = next(iter(found))
        kept = {host: moments(host, self.vm) for host in HOSTS}
        if kept != {self.place: self.moments, other(self.place): None}:
            return f"it is on {self.place} with {kept}, and had {self.moments}"
        return ""

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Campaign:
    def __init__(self, program, each, vms, phases, unsafe):
        self.each = each
        self.phases = phases
        self.chance = random.Random()
        self.lock = threading.Lock()
        self.wanted = collections.Counter(dict.fromkeys(phases, each))
        self.tries = TRIES * each * len(phases)
        self.kills = collections.Counter()
        self.moves = 0
        self.bad = []
        self.took = []
        self.machines = [Machine(program, vm, random.Random(self.chance.random()), unsafe) for vm in vms]

    def next_phase(self):
        with self.lock:
            missing = [phase for phase in self.phases if self.wanted[phase] > 0]
            if not missing or self.bad or self.tries == 0:
                return None
            phase = self.chance.choice(missing)
            self.wanted[phase] -= 1
            self.tries -= 1
            self.moves += 1
            return phase

    def count(self, wanted, hit):
        with self.lock:
            if hit != wanted:
                self.wanted[wanted] += 1
                if hit in self.phases:
                    self.wanted[hit] -= 1
            if hit is not None:
                self.kills[hit] += 1

    def work(self, machine):
        try:
            while (phase := self.next_phase()) is not None:
                hit = machine.strike(phase)
                if hit is not None:
                    begun = time.monotonic()
                    wrong = machine.recover()
                    self.took.append(time.monotonic() - begun)
                    if wrong:
                        self.bad.append(f"{machine.vm}, killed in '{hit}': {wrong}")
                self.count(phase, hit)
        except (OSError, RuntimeError, sqlite3.Error, subprocess.SubprocessError) as failure:
            self.bad.append(f"{machine.vm}: {failure}")

    def run(self):
        begun = time.monotonic()
        workers = [threading.Thread(target=self.work, args=(machine,)) for machine in self.machines]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for machine in self.machines:
            machine.close()
        return {
            "each": self.each,
            "kills": {phase: self.kills[phase] for phase in self.phases},
            "moves": self.moves,
            "recover_s_max": round(max(self.took, default=0), 1),
            "seconds": round(time.monotonic() - begun, 1),
            "bad": self.bad,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phases", type=lambda words: words.split(","), default=list(PHASES))
    parser.add_argument("--unsafe", action="store_true")
    parser.add_argument("program")
    parser.add_argument("each", type=int)
    parser.add_argument("vms", nargs="+")
    given = parser.parse_args()
    # Runners are forked off commands that end: then they are ours to bury.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print(json.dumps(Campaign(given.program, given.each, given.vms, given.phases, given.unsafe).run()))


if __name__ == "__main__":
    main()
