# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What being recoverable costs: looking for what was left of an idle fleet, and the journal's writes in each move."""

import argparse
import contextlib
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile

import common
import measure_check

GOALS = {"all_ms": 200, "scan_ms": 200, "journal_ms": 10}
ENDED = 1000  # moves in the records


def fill_records(folder):
    """As many moves that have ended, each with the phases of one that went well."""
    with contextlib.closing(sqlite3.connect(f"{folder}/state.db")) as db, db:
        known = {row[1] for row in db.execute("PRAGMA table_info(txns)")}
        row = {"kind": "move", "intent": "{}", "phase": "verify", "owner_pid": 1, "owner_start": "? ? 0", "outcome": "done",
               "report": "{}"}
        for number in range(1, ENDED + 1):
            row |= {"id": number, "subject": f"00000000-0000-4000-8000-{number:012d}", "name": f"vm-{number - 1}",
                    "begun_us": number * 10**6, "ended_us": number * 10**6 + 1}
            names = [name for name in row if name in known]
            db.execute(f"INSERT INTO txns ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", [row[n] for n in names])
            for phase in ("perform", "settle", "commit", "verify"):
                db.execute("INSERT INTO entries (txn, at_us, phase) VALUES (?, ?, ?)", (number, number * 10**6, phase))


def idle_fleet(machines, hosts, rounds):
    """Milliseconds of each way to look, in turn."""
    folder = tempfile.mkdtemp(prefix="ferry-bench-")
    env = dict(os.environ, FERRY_STATE_DIR=folder + "/state", FERRY_CONFIG="/dev/null")
    rows = {"all_ms": [], "scan_ms": []}
    ways = {"all_ms": ["--all", "--yes"], "scan_ms": ["--scan"]}
    try:
        world = measure_check.world_file(folder, machines, hosts)
        for host in range(hosts):
            subprocess.run([common.FERRY, "host", "add", "--no-connect", f"host-{host}", f"sim:host-{host}?world={world}"],
                           env=env, stdout=subprocess.DEVNULL, check=True)
        fill_records(folder + "/state")
        for _ in range(rounds):
            for name, words in ways.items():
                took, _, status = measure_check.measured([common.FERRY, "recover", *words], env)
                if status != 0:
                    raise RuntimeError(f"'recover {' '.join(words)}' ended with {status}")
                rows[name].append(took)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return rows


def measure(vm, rounds):
    """On the client: the sum of what each move's processes waited for the records' disk."""
    sums, calls = [], []
    for turn in range(rounds):
        trace = f"{os.environ['FERRY_STATE_DIR']}/trace"
        command = common.ferry_move(vm, common.HOSTS[turn % 2])
        common.timed(["strace", "-f", "-T", "-qq", "-o", trace, "-e", "trace=fsync,fdatasync,sync_file_range", *command])
        with open(trace, encoding="utf-8", errors="replace") as file:
            took = [float(found) for found in re.findall(r"sync\w*(?:\(| resumed>).* = 0 <([0-9.]+)>", file.read())]
        sums.append(1000 * sum(took))
        calls.append(len(took))
    return {"sums": sums, "calls": calls}


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run recover")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(words)
    rows = idle_fleet(1000, 20, options.rounds)
    for name, values in rows.items():
        common.say(f"{name}: {statistics.median(values):.0f}")
    with common.Lab("bench-re") as lab:
        lab.lab("vm", "start", "host-a", "micro1", "--guest", "micro", "--wait")
        found = lab.inside("measure_recover", "micro1", options.rounds)
    figures = {name: common.summary(values) for name, values in rows.items()}
    figures["journal_ms"] = common.summary(found["sums"])
    return {
        "name": "recover",
        "figures": figures,
        "journal_syncs_a_move": common.summary(found["calls"]),
        "goal": "medians: 'recover --all' and 'recover --scan' of an idle fleet of 1,000 machines on 20 simulated hosts with 1,000 "
        "ended moves in the records <= 200 ms each; the journal's syncs <= 10 ms a move",
        "ok": all(figures[name]["median"] <= limit for name, limit in GOALS.items()),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
