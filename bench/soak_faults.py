# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A soak in which every so many moves meet a fault and are recovered: the part of 'bench/run soak' with --faults.

Faults that hurt more than their own move (daemons, links) happen one at a time. A move that fails while one of them lasts is
explained by it; one that fails for no fault is counted as unexplained, and that must never be.
"""

import collections
import contextlib
import ctypes
import json
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import threading
import time

import common

# Keepalive of the lab's daemons, and how long a daemon must stand still so that its peers give it up.
KEEPALIVE = {"keepalive_interval": 1, "keepalive_count": 2}
FROZEN_S = 4.5
CUT_S = 2
PATIENCE_S = 180
PR_SET_CHILD_SUBREAPER = 36
SHARED = ("src-daemon-killed", "dst-daemon-killed", "src-daemon-frozen", "dst-daemon-frozen", "migration-cut", "all-cut")
OWN = ("runner-killed", "aborted", "dst-qemu-killed")
FAULTS = SHARED + OWN
# A move that was refused because a host was away at that moment: tried again, and not counted.
NOT_BEGUN = "not begun"


class Missed(Exception):
    """The move was over before the fault could strike."""


def wait_until(what, condition, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds} s in vain until {what}")
        time.sleep(0.02)
    return found


class Disturbance:
    """Which spans of time were disturbed: one fault after the other, each until the lab is whole again."""

    def __init__(self):
        self.turn = threading.Lock()
        self.spans = []

    @contextlib.contextmanager
    def last(self):
        with self.turn:
            span = [time.monotonic(), float("inf")]
            self.spans.append(span)
            try:
                yield
            finally:
                # What was cut off or asked in vain shows a moment later, when keepalive has passed.
                span[1] = time.monotonic() + FROZEN_S

    def explains(self, begun, ended):
        return any(span[0] <= ended and begun <= span[1] for span in self.spans)


class Yard:
    """The lab seen from outside, where processes and links can be hurt."""

    def __init__(self, lab):
        self.lab = lab
        self.folder = pathlib.Path(f"/var/tmp/virt-ferry/{lab.env['FERRY_LAB']}")
        self.client = ["nsenter", "--target", self.first("client"), "--mount", "--uts", "--net", "--"]
        for host in common.HOSTS:
            for file in ("libvirtd.conf", "qemu.conf"):
                path = self.folder / host / "root/etc/libvirt" / file
                text = path.read_text()
                for key, value in KEEPALIVE.items():
                    text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
                path.write_text(text)
            lab.lab("restart", host)

    def first(self, name):
        return (self.folder / name / "pid").read_text().split()[0]

    def daemon(self, host):
        return int(self.lab.lab("pid", host))

    def virsh(self, host, *words, seconds=10):
        """Over the host's own socket, which no cut reaches. Returns: what it printed; None where it failed."""
        uri = f"qemu+unix:///system?socket={self.folder}/{host}/sock"
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = subprocess.run(["virsh", "-q", "-c", uri, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=seconds, check=False)
            return done.stdout if done.returncode == 0 else None
        return None

    def ferry(self, *words):
        return subprocess.run([*self.client, str(common.FERRY), *words], env=self.lab.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE_S * 4, check=False)

    def places(self, vm):
        """Every host that knows the machine, with its state there, once both answer."""
        found = {}
        for host in common.HOSTS:
            known = wait_until(f"'{host}' lists its machines", lambda h=host: (self.virsh(h, "list", "--all", "--name"),))[0]
            while known is None:
                time.sleep(0.1)
                known = self.virsh(host, "list", "--all", "--name")
            if vm in known.split():
                found[host] = (self.virsh(host, "domstate", vm) or "?").strip()
        return found

    def qemu(self, host, vm):
        """Its QEMU's pid as this machine counts; None where there is none."""
        wanted = f"guest={vm},".encode()
        space = os.readlink(f"/proc/{self.first(host)}/ns/mnt")
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if entry.isdigit() and wanted in pathlib.Path(f"/proc/{entry}/cmdline").read_bytes() \
                        and os.readlink(f"/proc/{entry}/ns/mnt") == space:
                    return int(entry)
        return None


class Records:
    def __init__(self, folder):
        self.path = f"file:{folder}/state.db?mode=ro"

    def newest(self, vm):
        """Number, phase, runner and outcome of the machine's newest move."""
        with contextlib.closing(sqlite3.connect(self.path, uri=True, timeout=30)) as db:
            row = db.execute("SELECT id, phase, owner_pid, outcome FROM txns WHERE name = ? ORDER BY id DESC LIMIT 1", (vm,))
            return row.fetchone() or (0, None, None, None)

    def pending(self):
        with contextlib.closing(sqlite3.connect(self.path, uri=True, timeout=30)) as db:
            return db.execute("SELECT count(*) FROM txns WHERE outcome IS NULL").fetchone()[0]


class Faults:
    """How each is made. still_moves(PHASE) tells whether the move goes on, and in that phase where one is given."""

    def __init__(self, yard, records, disturbance):
        self.yard = yard
        self.records = records
        self.disturbance = disturbance

    def strike(self, kind, vm, src, still_moves):
        """Raises Missed when the move had ended before."""
        if kind in SHARED:
            with self.disturbance.last():
                if not still_moves():
                    raise Missed
                self.shared(kind, src)
            return
        getattr(self, kind.replace("-", "_"))(vm, src, still_moves)

    def shared(self, kind, src):
        host = src if kind.startswith("src") else common.other(src)
        if kind.endswith("-killed"):
            pid = self.yard.daemon(host)
            os.kill(pid, signal.SIGKILL)
            wait_until("the daemon has ended", lambda: not alive(pid))
            self.yard.lab.lab("restart", host)
        elif kind.endswith("-frozen"):
            pid = self.yard.daemon(host)
            os.kill(pid, signal.SIGSTOP)
            try:
                time.sleep(FROZEN_S)
            finally:
                os.kill(pid, signal.SIGCONT)
        else:
            self.yard.lab.lab("cut", f"mig:{host}" if kind == "migration-cut" else host)
            try:
                time.sleep(CUT_S)
            finally:
                self.yard.lab.lab("mend")

    def runner_killed(self, vm, _src, still_moves):
        if not still_moves():
            raise Missed
        os.kill(self.records.newest(vm)[2], signal.SIGKILL)

    def aborted(self, vm, src, still_moves):
        while self.yard.virsh(src, "domjobabort", vm) is None:
            if not still_moves("perform"):
                raise Missed
            time.sleep(0.01)

    def dst_qemu_killed(self, vm, src, still_moves):
        """Only one that surely does not hold the machine yet: while it stands still the source can't hand over."""
        dst = common.other(src)
        while (pid := self.yard.qemu(dst, vm)) is None:
            if not still_moves("perform"):
                raise Missed
            time.sleep(0.01)
        os.kill(pid, signal.SIGSTOP)
        if (self.yard.virsh(src, "domstate", vm) or "").strip() != "running" or not still_moves("perform"):
            os.kill(pid, signal.SIGCONT)
            raise Missed
        os.kill(pid, signal.SIGKILL)


def alive(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


class Soak:
    def __init__(self, lab, options, tally):
        self.yard = Yard(lab)
        self.records = Records(lab.state)
        self.disturbance = Disturbance()
        self.faults = Faults(self.yard, self.records, self.disturbance)
        self.rate = options.faults
        self.chance = random.Random(f"{options.seed} {tally.moves}")
        self.tally = tally
        self.lock = threading.Lock()
        self.recovering = threading.Lock()
        self.left = options.moves - tally.moves
        self.stop = threading.Event()

    def next(self):
        """Returns: the fault of the next move, '' for none; None when there is no next one."""
        with self.lock:
            if self.left == 0 or self.stop.is_set():
                return None
            self.left -= 1
            return self.chance.choice(FAULTS) if self.chance.random() < self.rate else ""

    def give_back(self):
        with self.lock:
            self.left += 1

    def work(self, vm, src):
        try:
            while (kind := self.next()) is not None:
                src = self.move(vm, src, kind)
        except (OSError, RuntimeError, ValueError, sqlite3.Error, subprocess.SubprocessError) as failure:
            self.tally.add({"bad": "broken", "vm": vm, "why": f"{type(failure).__name__}: {failure}"})

    def move(self, vm, src, kind):
        """One move with all that belongs to it. Returns: where the machine is then."""
        begun = time.monotonic()
        before = self.records.newest(vm)[0]
        command = [*self.yard.client, *common.ferry_move(vm, src)]
        child = subprocess.Popen(command, env=self.yard.lab.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        struck, phase = self.strike(kind, vm, src, before) if kind else ("", None)
        said = child.communicate(timeout=PATIENCE_S * 4)[0]
        self.bury(vm)
        row = {"vm": vm, "fault": struck, "missed": kind if kind and not struck else "", "phase": phase, "exit": child.returncode,
               "outcome": self.records.newest(vm)[3] if self.records.newest(vm)[0] > before else NOT_BEGUN}
        recoveries, word = self.recover(vm)
        places = self.yard.places(vm)
        ended = time.monotonic()
        hit = self.disturbance.explains(begun, ended)
        row |= {"recoveries": recoveries, "s": round(ended - begun, 2), "at": time.time()}
        if child.returncode != 0 and not struck:
            row["hit" if hit else "unexplained"] = True
        if child.returncode != 0:
            row["said"] = said.strip()[-300:]
        bad = self.judge(places, word)
        if bad:
            row |= {"bad": bad, "why": f"{places} {word}".strip()}
        self.tally.add(row)
        if row["outcome"] == NOT_BEGUN:
            self.give_back()
        if bad:
            raise RuntimeError(f"'{vm}' is no longer moved: {bad}")
        return next(iter(places))

    def strike(self, kind, vm, src, before):
        seen = [None]

        def still_moves(wanted=None):
            number, phase, _, outcome = self.records.newest(vm)
            seen[0] = phase
            return number > before and outcome is None and wanted in (None, phase)

        def begun_or_over():
            number, phase, _, outcome = self.records.newest(vm)
            seen[0] = phase
            return number > before and (outcome is not None or phase not in ("begin", "reserve"))

        try:
            wait_until(f"the move of '{vm}' is under way", begun_or_over, 60)
            time.sleep(self.chance.uniform(0, 0.5))
            self.faults.strike(kind, vm, src, still_moves)
        except Missed:
            return "", None
        except RuntimeError:
            if self.records.newest(vm)[0] > before:
                raise
            # It was refused before it began: a host did not answer.
            return "", None
        return kind, seen[0]

    def bury(self, vm):
        """The runner is a child of the command that has ended, and then ours."""
        pid = self.records.newest(vm)[2]
        with contextlib.suppress(ChildProcessError):
            if pid is not None:
                os.waitpid(pid, 0)

    def recover(self, vm):
        """As an operator does: again while a host may still be away. Returns: how often, and what stayed undone."""
        for turn in range(6):
            if self.records.newest(vm)[3] is not None or self.records.newest(vm)[0] == 0:
                return turn, ""
            with self.recovering:
                done = self.yard.ferry("recover", "--all", "--yes")
                self.bury(vm)
            word = done.stderr.strip()[-400:]
        return 6, word

    def judge(self, places, word):
        """What is not as it must be, in one word."""
        active = [host for host, state in places.items() if state != "shut off"]
        if len(active) > 1:
            return "doubled"
        if not active:
            return "lost"
        if places[active[0]] != "running":
            return "paused"
        return "pending" if word else "left over" if len(places) > 1 else ""


class Tally:
    """What happened, one JSON object a line in the file that a later run goes on with."""

    def __init__(self, path):
        self.rows = []
        self.file = None
        self.lock = threading.Lock()
        if path is None:
            return
        with contextlib.suppress(FileNotFoundError):
            for line in pathlib.Path(path).read_text().splitlines():
                with contextlib.suppress(ValueError):
                    self.rows.append(json.loads(line))
        self.file = open(path, "a", encoding="utf-8")

    @property
    def moves(self):
        return sum(row.get("outcome", NOT_BEGUN) != NOT_BEGUN for row in self.rows)

    def add(self, row):
        with self.lock:
            self.rows.append(row)
            if self.file:
                self.file.write(json.dumps(row) + "\n")
                self.file.flush()
        if "bad" in row or "unexplained" in row:
            common.say(json.dumps(row))
        elif self.moves % 100 == 0:
            common.say(f"{self.moves} moves")


def check_ticks(lab, names):
    try:
        return lab.lab("vm", "check", *names, "--alive").splitlines(), True
    except RuntimeError as failure:
        return [str(failure)], False


def session(options, names, tally):
    """One lab, until all moves are made or somebody wants an end."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with common.Lab(options.lab) as lab:
        soak = Soak(lab, options, tally)
        lab.lab("vm", "start", common.HOSTS[0], *names, "--guest", "micro", "--wait")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: soak.stop.set())
        begun = time.monotonic()
        workers = [threading.Thread(target=soak.work, args=(name, common.HOSTS[0])) for name in names]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        took = time.monotonic() - begun
        ticks, good = check_ticks(lab, names)
        tally.add({"session": round(took, 1), "ticks": ticks, "ticks_good": good, "pending": soak.records.pending()})
    return soak.stop.is_set()


def result(options, tally):
    moves = [row for row in tally.rows if row.get("outcome", NOT_BEGUN) != NOT_BEGUN]
    sessions = [row for row in tally.rows if "session" in row]
    bad = collections.Counter(row["bad"] for row in tally.rows if "bad" in row)
    seconds = sum(row["session"] for row in sessions)
    found = {
        "moves": len(moves),
        "faults": dict(sorted(collections.Counter(row["fault"] for row in moves if row["fault"]).items())),
        "faults_in_phase": dict(collections.Counter(row["phase"] for row in moves if row["fault"])),
        "refused_beside_a_fault": sum(row.get("outcome") == NOT_BEGUN for row in tally.rows),
        "too_late_for_a_fault": sum(bool(row["missed"]) for row in moves),
        "outcomes": dict(collections.Counter(row["outcome"] or "ended by recover" for row in moves)),
        "outcomes_after_own_fault": dict(collections.Counter(row["outcome"] or "recovered" for row in moves if row["fault"])),
        "failed_beside_anothers_fault": sum("hit" in row for row in moves),
        "unexplained_failures": sum("unexplained" in row for row in tally.rows),
        "recoveries": sum(row["recoveries"] for row in moves),
        "bad": {word: bad[word] for word in ("lost", "doubled", "left over", "paused", "pending", "broken")},
        "sessions": len(sessions),
        "ticks_continuous_and_pages_good": bool(sessions) and all(row["ticks_good"] for row in sessions),
        "pending_in_records": sum(row["pending"] for row in sessions),
        "moves_a_minute": round(60 * len(moves) / seconds, 1) if seconds else None,
        "hours": round(seconds / 3600, 2),
    }
    clean = not bad and not found["unexplained_failures"] and not found["pending_in_records"]
    return {
        "name": "soak",
        "in_flight": options.in_flight,
        "fault_rate": options.faults,
        "seed": options.seed,
        **found,
        "goal": "0 lost, doubled, left over, left paused; no failure without a fault; ticks continuous, no bad page",
        "ok": clean and found["ticks_continuous_and_pages_good"] and found["moves"] >= options.moves,
    }


def run(options, names):
    tally = Tally(options.resume)
    if tally.moves < options.moves:
        session(options, names, tally)
    return result(options, tally)
