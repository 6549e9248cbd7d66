# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many moves of micro guests to and fro, several in flight, each verified; beside a plain virsh loop."""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import time

import common
import soak_faults


class Fleet:
    """On the client: guests and where each is."""

    def __init__(self, names):
        self.place = {name: common.HOSTS[0] for name in names}
        self.failures = []

    def move(self, name, make):
        src = self.place[name]
        done = subprocess.run(make(name, src), capture_output=True, text=True, check=False)
        if done.returncode == 0:
            self.place[name] = common.other(src)
        else:
            self.failures.append(f"{name}: {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")

    def block(self, make, moves):
        """As many moves as asked, one at a time for each guest. Returns: seconds."""
        names = list(self.place)
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            share = [moves // len(names) + (i < moves % len(names)) for i in range(len(names))]
            jobs = [pool.submit(lambda n=n, k=k: [self.move(n, make) for _ in range(k)]) for n, k in zip(names, share)]
            for job in jobs:
                job.result()
        return time.monotonic() - begun


def listed(host):
    text = subprocess.run(
        ["virsh", "-q", "-c", common.uri(host), "list", "--all", "--name"], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in text.splitlines() if line]


def measure(moves, names):
    fleet = Fleet(names)
    rows = {"ferry": [], "virsh": []}
    block = max(len(names), moves // 10)
    left = moves
    while left > 0:
        now = min(block, left)
        left -= now
        rows["ferry"].append(60 * now / fleet.block(common.ferry_move, now))
        beside = max(len(names), now // 2)
        rows["virsh"].append(60 * beside / fleet.block(common.virsh_move, beside))
        common.say(f"{moves - left} of {moves} moves: virt-ferry {rows['ferry'][-1]:.0f} a minute, virsh {rows['virsh'][-1]:.0f}")
    where = {host: listed(host) for host in common.HOSTS}
    return {
        "rates": rows,
        "failures": fleet.failures,
        "lost": [n for n in names if all(n not in where[h] for h in common.HOSTS)],
        "doubled": [n for n in names if all(n in where[h] for h in common.HOSTS)],
        "leftovers": [n for h in common.HOSTS for n in where[h] if n not in names or fleet.place[n] != h],
    }


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run soak")
    parser.add_argument("--moves", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--faults", type=float, default=0, help="the share of moves that meet one")
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument("--resume", metavar="FILE", help="with --faults: keeps what happened, and goes on from it")
    parser.add_argument("--lab", default="bench-so")
    options = parser.parse_args(words)
    names = [f"soak{i}" for i in range(1, options.in_flight + 1)]
    if options.faults > 0:
        return soak_faults.run(options, names)
    with common.Lab(options.lab) as lab:
        lab.lab("vm", "start", "host-a", *names, "--guest", "micro", "--wait")
        found = lab.inside("measure_soak", options.moves, *names)
        try:
            ticks = lab.lab("vm", "check", *names, "--alive").splitlines()
            ticks_ok = True
        except RuntimeError as failure:
            ticks, ticks_ok = [str(failure)], False
    figures = {name: common.summary(values) for name, values in found["rates"].items()}
    ratio = figures["ferry"]["median"] / figures["virsh"]["median"]
    clean = not any(found[what] for what in ("failures", "lost", "doubled", "leftovers"))
    return {
        "name": "soak",
        "moves": options.moves,
        "in_flight": options.in_flight,
        "moves_a_minute": figures,
        "ratio": round(ratio, 3),
        **{what: found[what] for what in ("failures", "lost", "doubled", "leftovers")},
        "ticks_continuous_and_pages_good": ticks_ok,
        "ticks": ticks,
        "goal": "0 lost, doubled, left over; ticks continuous, no bad page; >= 0.9 of a plain virsh loop's moves a minute",
        "ok": clean and ticks_ok and ratio >= 0.9,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2:])))
