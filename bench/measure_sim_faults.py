# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Simulated moves with random accidents: the program of bench/sim-faults.c."""

import json
import subprocess

import common


def run(words):
    program = common.FERRY.parent.parent / "bench/sim-faults"
    if not program.exists():
        raise RuntimeError(f"'{program}' is missing: run 'make' first")
    done = subprocess.run([program, *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"sim-faults ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
