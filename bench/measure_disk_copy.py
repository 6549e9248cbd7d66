# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with a local disk: virt-ferry beside 'virsh migrate --copy-storage-all', whose pool and image are made by hand."""

import argparse
import json
import statistics
import subprocess

import common

FOLDER = "/var/lib/libvirt/images"
GIB = 1 << 30
MIB = 1 << 20
SIZE = 8 * GIB
VERSIONS = {"bookworm": "9.0 to 9.0", "trixie": "11.3 to 11.3"}


def ssh(host, script):
    done = subprocess.run(["ssh", host, "sh", "-eu"], input=script, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"'{script}' on {host} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def sent(host):
    """Bytes that left the host on the migration network."""
    for line in ssh(host, "cat /proc/net/dev").splitlines():
        name, _, figures = line.partition(":")
        if name.strip() == "mig0":
            return int(figures.split()[8])
    raise RuntimeError(f"host '{host}' has no mig0")


def allocated(host, image):
    return int(ssh(host, f"du -B1 {FOLDER}/{image}").split()[0])


def over_ssh(host):
    return f"qemu+ssh://{host}/system"


def by_virsh(vm, src, image):
    """What an operator does beforehand by hand is not counted."""
    dst = common.other(src)
    form = image.rsplit(".", 1)[1]
    ssh(dst, f"virsh -q pool-refresh images; virsh -q vol-create-as images {image} {SIZE} --allocation 0 --format {form}")
    before = sent(src)
    wall, _ = common.timed(
        ["virsh", "-q", "-c", over_ssh(src), "migrate", "--live", "--p2p", "--persistent", "--undefinesource"]
        + ["--copy-storage-all", vm, over_ssh(dst)]
    )
    wire = sent(src) - before
    ssh(src, f"rm {FOLDER}/{image}")
    return {"wall_ms": wall, "unchecked_ms": wall, "perform_ms": wall, "wire": wire, "allocated": allocated(dst, image)}


def by_ferry(vm, src, image):
    dst = common.other(src)
    before = sent(src)
    wall, output = common.timed(common.ferry_move(vm, src) + ["--yes"])
    wire = sent(src) - before
    report = common.report_of(output)
    ssh(src, f"rm {FOLDER}/{image}.virt-ferry-*")
    return {
        "wall_ms": wall,
        "unchecked_ms": wall - report["phases_ms"]["preflight"],
        "perform_ms": report["phases_ms"]["perform"],
        "wire": wire,
        "allocated": allocated(dst, image),
    }


ARMS = {"virsh": by_virsh, "ferry": by_ferry}


def measure(vm, image, rounds):
    """On the client. Each round: there with one arm, back with the other; the next round begins with the other."""
    rows = {name: [] for name in ARMS}
    src = common.HOSTS[0]
    for turn in range(rounds):
        order = list(ARMS) if turn % 2 == 0 else list(ARMS)[::-1]
        for name in order:
            rows[name].append(ARMS[name](vm, src, image))
            src = common.other(src)
        last = {name: rows[name][-1]["wall_ms"] / 1000 for name in ARMS}
        common.say(f"{image}, round {turn + 1} of {rounds}: virsh {last['virsh']:.2f} s, virt-ferry {last['ferry']:.2f} s")
    return rows


def ratio(rows, key):
    return round(statistics.median(f[key] / v[key] for f, v in zip(rows["ferry"], rows["virsh"])), 3)


def judge(rows, used):
    keys = ("wall_ms", "unchecked_ms", "perform_ms")
    figures = {name: {key: common.summary([row[key] for row in rows[name]]) for key in keys} for name in ARMS}
    for name in ARMS:
        figures[name]["wire_max"] = max(row["wire"] for row in rows[name])
        figures[name]["allocated_max"] = max(row["allocated"] for row in rows[name])
    unchecked = ratio(rows, "unchecked_ms")
    return {
        "figures": figures,
        "transfer_ratio": ratio(rows, "perform_ms"),
        "unchecked_ratio": unchecked,
        "whole_ratio": ratio(rows, "wall_ms"),
        "wire_beyond_used": round(figures["ferry"]["wire_max"] / used - 1, 3),
        "allocated_beyond_used": round(figures["ferry"]["allocated_max"] / used - 1, 3),
        "ok": unchecked <= 1.05 and figures["ferry"]["wire_max"] <= used * 1.1 and figures["ferry"]["allocated_max"] <= used * 1.05,
    }


def prepare(lab):
    for host in common.HOSTS:
        lab.client([common.FERRY, "host", "remove", host])
        lab.client([common.FERRY, "host", "add", host, over_ssh(host)])
        lab.lab("shell", host, "mkdir", "-p", FOLDER)
        lab.lab("shell", host, "virsh", "-q", "pool-create-as", "images", "dir", "--target", FOLDER)


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run disk-copy")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--image", choices=list(VERSIONS), action="append")
    parser.add_argument("--format", choices=["qcow2", "raw"], action="append")
    parser.add_argument("--used-mib", type=int, default=512)
    parser.add_argument("--link", default="1gbit")
    options = parser.parse_args(words)
    used = options.used_mib * MIB
    results = {}
    for host_image in options.image or list(VERSIONS):
        with common.Lab("bench-dc", host_image) as lab:
            prepare(lab)
            lab.lab("shape", options.link)
            for form in options.format or ["qcow2", "raw"]:
                image, vm = f"disk.{form}", f"m-{form}"
                lab.lab(
                    "shell", "host-a", "sh", "-euc",
                    f"cd {FOLDER}; qemu-img create -q -f {form} {image} {SIZE}; "
                    f"for i in $(seq 0 {options.used_mib // 256 - 1}); do qemu-io -f {form} -c \"write -P 7 $((1024 + i * 256))M 256M\" {image}; done >/dev/null",
                )
                lab.lab("vm", "start", "host-a", vm, "--guest", "micro", "--disk", f"{FOLDER}/{image}", "--wait")
                rows = lab.inside("measure_disk_copy", vm, image, options.rounds)
                results[f"{VERSIONS[host_image]}, {form}"] = judge(rows, used)
                lab.lab("vm", "stop", vm)
                for host in common.HOSTS:
                    lab.lab("shell", host, "sh", "-c", f"rm -f {FOLDER}/*")
    return {
        "name": "disk-copy",
        "used_bytes": used,
        "link": options.link,
        "results": results,
        "goal": "medians of pairs: the move but for its checks <= 1.05 of virsh's; on the wire <= used + 10 %; allocated <= used + 5 %",
        "ok": all(result["ok"] for result in results.values()),
    }


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
