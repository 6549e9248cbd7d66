# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks share: the lab, both arms' commands, medians with their intervals."""

import contextlib
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FERRY = pathlib.Path(os.environ.get("VIRT_FERRY", ROOT / "build/src/virt-ferry"))
HOSTS = ("host-a", "host-b")


def uri(host):
    return f"qemu+tcp://{host}/system"


def other(host):
    return HOSTS[1] if host == HOSTS[0] else HOSTS[0]


def say(text):
    print(text, file=sys.stderr, flush=True)


def summary(values):
    """Median with a 95 % bootstrap interval."""
    chance = random.Random(1)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(2000))
    return {
        "median": round(statistics.median(values), 3),
        "low": round(medians[50], 3),
        "high": round(medians[1949], 3),
        "n": len(values),
    }


class Lab:
    """A lab of two hosts of its own; everything it starts it ends."""

    def __init__(self, name="bench", image="host"):
        if os.geteuid() != 0:
            raise RuntimeError("the lab's networks need root")
        if not FERRY.exists():
            raise RuntimeError(f"'{FERRY}' is missing: run 'make' first")
        self.env = dict(os.environ, FERRY_LAB=name)
        self.image = image
        self.state = tempfile.mkdtemp(prefix="ferry-bench-")
        self.env["FERRY_STATE_DIR"] = self.state

    def __enter__(self):
        self.lab("up", "--image", self.image, "--image", self.image)
        for host in HOSTS:
            self.client([FERRY, "host", "add", host, uri(host)])
        return self

    def __exit__(self, *_):
        with contextlib.suppress(RuntimeError):
            self.lab("down")
        shutil.rmtree(self.state, ignore_errors=True)

    def lab(self, *words):
        done = subprocess.run(
            [ROOT / "lab/lab", *words], env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"'lab {' '.join(words)}' failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def client(self, command):
        """Runs a command on the lab's client; returns its output."""
        done = subprocess.run(
            [ROOT / "lab/lab", "run", *command], env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"'{' '.join(map(str, command))}' failed: {done.stderr.strip()}")
        return done.stdout

    def inside(self, module, *words):
        """Runs a measuring script on the client, so that entering the lab is not measured."""
        env = dict(self.env, PYTHONPATH=str(ROOT / "bench"))
        done = subprocess.run(
            [ROOT / "lab/lab", "run", sys.executable, "-m", module, *map(str, words)],
            env=env,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{module} ended with {done.returncode}")
        return json.loads(done.stdout.splitlines()[-1])


def virsh_move(vm, src):
    dst = other(src)
    return ["virsh", "-q", "-c", uri(src), "migrate", "--live", "--p2p", "--persistent", "--undefinesource", vm, uri(dst)]


def ferry_move(vm, src):
    return [str(FERRY), "migrate", vm, other(src), "--json"]


def timed(command):
    """Returns: milliseconds, standard output. Fails when the command does."""
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = (time.monotonic() - begun) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"'{' '.join(command)}' ended with {done.returncode}: {done.stderr}")
    return took, done.stdout


def report_of(output):
    return json.loads(output.splitlines()[-1])["report"]
