# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long it takes to read a guest off its disk, here."""

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

import common

READ = common.ROOT / "build/tests/lab/read-guest"
LIBEXEC = common.ROOT / "build/src/identity/disk/reader"


def command(*words, **options):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **options)


def make_image(folder):
    """A GPT with a root of a few files in a qcow2."""
    root = folder / "root"
    for name, text in {
        "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
        "etc/hostname": "web1\n",
        "etc/fstab": "PARTLABEL=root / ext4 defaults 0 1\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    raw = folder / "disk.raw"
    command("truncate", "-s", "1G", raw)
    command("sfdisk", "-q", raw, input="label: gpt\nstart=1MiB, size=8MiB\nstart=9MiB, name=root\n", text=True)
    command("mke2fs", "-q", "-F", "-t", "ext4", "-d", root, "-E", "offset=9437184", raw, "1000M", stderr=subprocess.DEVNULL)
    command("qemu-img", "convert", "-O", "qcow2", raw, folder / "disk.qcow2")
    xml = folder / "web1.xml"
    xml.write_text(
        "<domain type='qemu'><name>web1</name><memory>1</memory><devices><disk type='file' device='disk'>"
        f"<driver type='qcow2'/><source file='{folder}/disk.qcow2'/><target dev='vda'/></disk></devices></domain>"
    )
    return xml


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run guest-disk")
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args(words)
    environment = dict(os.environ, FERRY_LIBEXEC_DIR=str(LIBEXEC))
    times = []
    with tempfile.TemporaryDirectory(prefix="ferry-bench-") as folder:
        xml = make_image(pathlib.Path(folder))
        for _ in range(options.rounds):
            begun = time.monotonic()
            answer = subprocess.run([READ, "xml", xml], check=True, capture_output=True, text=True, env=environment)
            times.append((time.monotonic() - begun) * 1000)
            if "machine_id: 0123456789abcdef0123456789abcdef\n" not in answer.stdout:
                raise RuntimeError(f"it was not read: {answer.stdout}")
    figures = {"read_ms": common.summary(times)}
    return {
        "name": "guest-disk",
        "figures": figures,
        "goal": "median of a whole read of a small qcow2, exec to exit, <= 65 ms",
        "ok": figures["read_ms"]["median"] <= 65,
    }
