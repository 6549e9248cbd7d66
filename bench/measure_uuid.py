# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""New UUIDs, in order and never twice, and what one costs: the program of bench/uuid.c."""

import json
import os
import subprocess

import common

# Ours, and the functions that do what it does.
PAIRS = [("v4", "libuuid_random"), ("v4", "systemd_randomize"), ("v7", "libuuid_random"), ("v7", "libuuid_time_safe")]


def run(words):
    program = common.FERRY.parent.parent / "bench/uuid"
    if not program.exists():
        raise RuntimeError(f"'{program}' is missing: run 'make' first")
    load = os.getloadavg()[0]
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"uuid ended with {done.returncode}")
    raw = json.loads(done.stdout.splitlines()[-1])
    calls = raw["cpu_ns_a_call"]
    raw["load_before"] = round(load, 2)
    return {
        "name": "uuid",
        "raw": raw,
        "cpu_ns_a_call": {name: common.summary(values) for name, values in calls.items()},
        "calls_a_cpu_second": {name: common.summary([1e9 / value for value in values]) for name, values in calls.items()},
        # of the same round: how many of ours in the CPU time of one of theirs
        "ours_for_one_of_theirs": {
            f"{ours} / {theirs}": common.summary([b / a for a, b in zip(calls[ours], calls[theirs], strict=True)])
            for ours, theirs in PAIRS
            if theirs in calls
        },
        "goal": "none twice, each thread's strictly increasing, across a fork and a clock that steps back by 5 s",
        "ok": done.returncode == 0,
    }
