# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long the program takes to start, and how much memory a whole move takes, beside virsh."""

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time

import common

PR_SET_CHILD_SUBREAPER = 36


def time_of(command):
    begun = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - begun) * 1000


def peaks_of(command):
    """Peak resident memory, in KiB, of the command and of every process it leaves behind (the runner)."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = []
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        peaks.append(usage.ru_maxrss)
        if pid == child.pid and status != 0:
            raise RuntimeError(f"'{' '.join(command)}' failed")
    return peaks


def measure(vm, rounds):
    """On the client, as the reaper of what the commands leave."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    rows = {"virsh": [], "ferry_largest": [], "ferry_sum": []}
    for _ in range(rounds):
        rows["virsh"].append(max(peaks_of(common.virsh_move(vm, common.HOSTS[0]))))
        peaks = peaks_of(common.ferry_move(vm, common.HOSTS[1]))
        rows["ferry_largest"].append(max(peaks))
        rows["ferry_sum"].append(sum(peaks))
    return rows


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run startup")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args(words)
    ours, virsh = [], []
    for _ in range(options.rounds):
        ours.append(time_of([common.FERRY, "version"]))
        virsh.append(time_of(["virsh", "-v"]))
    with common.Lab("bench-st") as lab:
        lab.lab("vm", "start", "host-a", "micro1", "--guest", "micro", "--wait")
        memory = lab.inside("measure_startup", "micro1", 10)
    figures = {"version_ms": common.summary(ours), "virsh_v_ms": common.summary(virsh)}
    figures |= {f"{name}_kib": common.summary(values) for name, values in memory.items()}
    start = figures["version_ms"]["median"] / figures["virsh_v_ms"]["median"]
    peak = figures["ferry_largest_kib"]["median"] / figures["virsh_kib"]["median"]
    return {
        "name": "startup",
        "figures": figures,
        "start_ratio": round(start, 3),
        "peak_ratio": round(peak, 3),
        "peak_ratio_of_both_processes": round(
            figures["ferry_sum_kib"]["median"] / figures["virsh_kib"]["median"], 3
        ),
        "goal": "medians: 'virt-ferry version' <= 1.2x 'virsh -v'; peak memory of a move's largest process <= 1.25x virsh's",
        "ok": start <= 1.2 and peak <= 1.25,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
