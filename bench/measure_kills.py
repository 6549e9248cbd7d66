# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner killed in each phase of the journal, so many times: the program of tests/lab/kill-runner.py."""

import argparse
import json

import common

GUESTS = ("k1", "k2", "k3", "k4")


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run kills")
    parser.add_argument("--each", type=int, default=50, help="kills a phase")
    options = parser.parse_args(words)
    with common.Lab("bench-ki") as lab:
        lab.lab("vm", "start", "host-a", *GUESTS, "--guest", "micro", "--wait")
        output = lab.client(["python3", common.ROOT / "tests/lab/kill-runner.py", common.FERRY, str(options.each), *GUESTS])
        found = json.loads(output.splitlines()[-1])
        try:
            ticks, good = lab.lab("vm", "check", *GUESTS, "--alive").splitlines(), True
        except RuntimeError as failure:
            ticks, good = [str(failure)], False
    return {
        "name": "kills",
        **found,
        "ticks_continuous_and_pages_good": good,
        "ticks": ticks,
        "goal": f"{options.each} deaths in each phase: recover ends each with one running machine and a clean destination",
        "ok": good and not found["bad"] and min(found["kills"].values()) >= options.each,
    }
