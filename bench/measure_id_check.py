# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long `id check` takes over a fleet in the simulator, and whether it finds on real hosts what was planted there."""

import argparse
import json
import pathlib
import subprocess

import common
from measure_check import repeated, simulated_fleet

SOURCE = pathlib.Path(__file__).resolve().parent.parent
GOALS = {"sim_ms": 1000}


def identity_of(machines):
    """Each machine has a genid, a serial and a MAC; every tenth two snapshots; two have all of it in common."""

    def lines(machine):
        same = 0 if machine == machines - 1 else machine
        return (
            f"snapshots={2 if machine % 10 == 0 else 0}",
            f"extra=<genid>abababab-0000-4000-8000-{same:012d}</genid><sysinfo type='smbios'><system>"
            f"<entry name='serial'>serial-{machine}</entry></system></sysinfo>",
        )

    return lines


def simulated(machines, hosts, rounds):
    with simulated_fleet(machines, hosts, more=identity_of(machines)) as env:
        told = subprocess.run([common.FERRY, "id", "check", "--json"], env=env, capture_output=True, check=False)
        report = json.loads(told.stdout)
        found = [finding["id"] for finding in report["findings"]]
        if report["scanned"]["domains"] != machines or found != ["DUP_GENID"]:
            raise RuntimeError(f"'id check' looked at {report['scanned']} and found {found}")
        return repeated(["id", "check"], env, 5, rounds)


def planted():
    """Returns: the results of the lab's test, which plants one of each finding among 50 machines."""
    done = subprocess.run([SOURCE / "tests/lab/440-id-check.sh"], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok ", "not ok "))]
    failed = [line for line in lines if line.startswith("not ok ")]
    if not lines or done.returncode not in (0, 1) or f"1..{len(lines)}" not in done.stdout:
        raise RuntimeError(f"the lab's test did not end: {done.stderr.strip()}")
    return {"assertions": len(lines), "failed": failed}


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run id-check")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(words)
    times, peaks = simulated(1000, 20, options.rounds)
    common.say(f"simulator: {sorted(times)[len(times) // 2]:.0f} ms")
    lab = planted()
    figures = {"sim_ms": common.summary(times), "sim_kib": common.summary(peaks), "lab": lab}
    return {
        "name": "id-check",
        "figures": figures,
        "goal": "median: 'id check' of 1,000 machines x 20 simulated hosts <= 1 s; of 50 machines on 3 lab hosts with one "
        "of each finding planted, every one is found and none invented",
        "ok": figures["sim_ms"]["median"] <= GOALS["sim_ms"] and not lab["failed"],
    }
