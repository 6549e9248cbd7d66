# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What virt-ferry adds to a move: its wall clock less libvirt's own job time, beside virsh's, in turn."""

import argparse
import json
import subprocess

import common


def job_ms(vm, host):
    """The job as the destination's libvirt accounts for it."""
    text = subprocess.run(
        ["virsh", "-q", "-c", common.uri(host), "domjobinfo", vm, "--completed"],
        capture_output=True, text=True, check=True,
    ).stdout
    for line in text.splitlines():
        if line.startswith("Time elapsed:"):
            return float(line.split()[2])
    raise RuntimeError("libvirt has no account of the job")


def measure(vm, rounds):
    """On the client. Each round: there with one arm, back with the same, then the other arm."""
    rows = {"virsh": [], "ferry": [], "control": [], "preflight": [], "commit": [], "verify": []}
    for turn in range(rounds):
        src = common.HOSTS[0]
        wall, _ = common.timed(common.virsh_move(vm, src))
        rows["virsh"].append(wall - job_ms(vm, common.other(src)))
        src = common.other(src)
        wall, output = common.timed(common.ferry_move(vm, src))
        report = common.report_of(output)
        phases = report["phases_ms"]
        all_in = wall - report["job_ms"]
        rows["ferry"].append(all_in)
        for name in ("preflight", "commit", "verify"):
            rows[name].append(phases[name])
        rows["control"].append(all_in - sum(phases[name] for name in ("preflight", "commit", "verify")))
        common.say(f"round {turn + 1} of {rounds}: virsh {rows['virsh'][-1]:.0f} ms, virt-ferry {all_in:.0f} ms")
    return rows


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run overhead")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(words)
    with common.Lab("bench-ov") as lab:
        lab.lab("vm", "start", "host-a", "micro1", "--guest", "micro", "--wait")
        rows = lab.inside("measure_overhead", "micro1", options.rounds)
    figures = {name: common.summary(values) for name, values in rows.items()}
    control = figures["control"]["median"] - figures["virsh"]["median"]
    all_in = figures["ferry"]["median"] - figures["virsh"]["median"]
    return {
        "name": "overhead",
        "unit": "ms beyond libvirt's job time",
        "figures": figures,
        "control_more_than_virsh": round(control, 1),
        "all_in_more_than_virsh": round(all_in, 1),
        "goal": "medians: control (without preflight, commit, verify) <= 30 ms more than virsh, all in <= 300 ms more",
        "ok": control <= 30 and all_in <= 300,
    }


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
