# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long it takes to know whether machines can move: one pair, a fleet in the simulator, a fleet in the lab."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import common

GOALS = {"pair_ms": 150, "sim_ms": 1000, "sim_kib": 64 * 1024, "fleet_ms": 3000}


def world_file(folder, machines, hosts, more=lambda machine: ()):
    """`more`: further lines for a machine by its number."""
    lines = ["[world]", "seed=1", "persist=false"]
    for host in range(hosts):
        lines += [f"[host host-{host}]", "memory_mib=524288"]
    for machine in range(machines):
        lines += [
            f"[machine vm-{machine}]",
            f"host=host-{machine % hosts}",
            "memory_mib=1024",
            f"disks=/srv/images/vm-{machine}.qcow2",
            *more(machine),
        ]
    path = pathlib.Path(folder) / "world.ini"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


@contextlib.contextmanager
def simulated_fleet(machines, hosts, **more):
    """Records that know `hosts` simulated hosts with `machines` machines on them, as an environment.
    `more`: that of world_file()."""
    with tempfile.TemporaryDirectory(prefix="ferry-bench-", ignore_cleanup_errors=True) as folder:
        env = dict(os.environ, FERRY_STATE_DIR=folder + "/state")
        world = world_file(folder, machines, hosts, **more)
        for host in range(hosts):
            address = f"sim:host-{host}?world={world}"
            subprocess.run(
                [common.FERRY, "host", "add", "--no-connect", f"host-{host}", address],
                env=env, stdout=subprocess.DEVNULL, check=True,
            )
        yield env


def measured(command, env):
    """Returns: milliseconds, peak resident KiB, exit status."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(child.pid, 0)
    return (time.monotonic() - begun) * 1000, usage.ru_maxrss, os.waitstatus_to_exitcode(status)


def repeated(command, env, expected, rounds):
    """Returns: milliseconds and peak resident KiB of each of `rounds` runs, which end with status `expected`."""
    times, peaks = [], []
    for _ in range(rounds):
        took, peak, status = measured([common.FERRY, *command], env)
        if status != expected:
            raise RuntimeError(f"'{' '.join(command)}' ended with {status}")
        times.append(took)
        peaks.append(peak)
    return times, peaks


def simulated(machines, hosts, rounds):
    with simulated_fleet(machines, hosts) as env:
        return repeated(["check", "--all"], env, 0, rounds)


def timed_check(words):
    """A verdict of 'cannot' is a result too."""
    begun = time.monotonic()
    done = subprocess.run([str(common.FERRY), "check", *words], capture_output=True, text=True, check=False)
    took = (time.monotonic() - begun) * 1000
    if done.returncode not in (0, 5):
        raise RuntimeError(f"'check {' '.join(words)}' ended with {done.returncode}: {done.stderr}")
    return took


def measure(rounds, *words):
    """On the client, so that entering the lab is not measured."""
    timed_check(words)
    return [timed_check(words) for _ in range(rounds)]


def in_lab(machines, hosts, rounds, *words):
    """@machines micro guests, spread over @hosts hosts."""
    common.HOSTS = tuple(f"host-{letter}" for letter in "abcdefgh"[:hosts])
    with contextlib.ExitStack() as stack:
        lab = common.Lab("bench-ck")
        stack.callback(shutil.rmtree, lab.state, ignore_errors=True)
        lab.lab("up", "--hosts", str(hosts))
        stack.callback(lab.lab, "down")
        for host in common.HOSTS:
            lab.client([common.FERRY, "host", "add", host, common.uri(host)])
        for machine in range(machines):
            lab.lab("vm", "start", common.HOSTS[machine % hosts], f"micro{machine}", "--guest", "micro")
        return lab.inside("measure_check", rounds, *words)


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run check")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--machines", type=int, default=50, help="in the lab")
    parser.add_argument("--hosts", type=int, default=4, help="in the lab")
    options = parser.parse_args(words)
    times, peaks = simulated(1000, 20, options.rounds)
    common.say(f"simulator: {sorted(times)[len(times) // 2]:.0f} ms")
    pair = in_lab(1, 2, options.rounds, "micro0", "host-b", "--no-probe")
    common.say(f"one pair in the lab: {sorted(pair)[len(pair) // 2]:.0f} ms")
    fleet = in_lab(options.machines, options.hosts, max(options.rounds // 2, 3), "--all", "--no-probe")
    figures = {
        "pair_ms": common.summary(pair),
        "sim_ms": common.summary(times),
        "sim_kib": common.summary(peaks),
        "fleet_ms": common.summary(fleet),
    }
    return {
        "name": "check",
        "figures": figures,
        "goal": "medians: 'check VM HOST' on a lab pair without the probe <= 150 ms; 'check --all' of 1,000 machines x 20 "
        "simulated hosts <= 1 s and <= 64 MiB; of 50 machines x 4 lab hosts <= 3 s",
        "ok": all(figures[name]["median"] <= limit for name, limit in GOALS.items()),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), *sys.argv[2:])))
