# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A disk that is its host's own, for moves that copy it, and what proves that it is whole and alone."""

import os
import random
import subprocess

from lab import HOSTS, IMAGES, NAME, LabError

IMAGE = f"{NAME}.qcow2"
PATH = f"{IMAGES}/{IMAGE}"
SIZE = 256 << 20
USED = 200 << 20
# The first and the last of the guest's blocks are empty, so that a copy has something to leave out.
USED_FROM = 8 << 20
MASTER = "/srv/lab/master.qcow2"
OTHERS = "others.img"
PRECIOUS = b"precious\n"


def prepare(lab):
    """The same content for all cells, no block of it like another; a fresh image on host-a, another's file on host-b."""
    master = f"{lab.folder}/shared/{os.path.basename(MASTER)}"
    if not os.path.exists(master):
        with open(f"{master}.raw", "wb") as file:
            file.seek(USED_FROM)
            file.write(random.Random(1).randbytes(USED))
            file.truncate(SIZE)
        subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", f"{master}.raw", master], check=True)
        os.unlink(f"{master}.raw")
    clean(lab)
    lab.inside("host-a", "cp", MASTER, PATH)
    with open(lab.path("host-b", f"{IMAGES}/{OTHERS}"), "wb") as file:
        file.write(PRECIOUS)


def clean(lab):
    for host in HOSTS:
        lab.inside(host, "sh", "-c", f"rm -rf {IMAGES}/*")
        for name in (lab.virsh(host, "pool-list", "--all", "--name") or "").split():
            lab.virsh(host, f"pool-destroy {name}; pool-undefine {name}")


def make_image(lab):
    """What virsh needs on host-b, by hand."""
    if lab.virsh("host-b", f"pool-create-as hand dir --target {IMAGES}; vol-create-as hand {IMAGE} {SIZE} --format qcow2; "
                 "pool-destroy hand") is None:
        raise LabError("no image can be made on host-b")


def has_copy(lab, host):
    """Whether a block job of libvirt's goes on there."""
    return bool((lab.virsh(host, "blockjob", NAME, "vda", "--info") or "").strip())


def is_whole(lab, host, name):
    """What a guest sees in an image on which nobody runs is what it was."""
    try:
        lab.inside(host, "qemu-img", "compare", "-f", "qcow2", "-F", "qcow2", MASTER, f"{IMAGES}/{name}")
    except LabError:
        return False
    return True


def faults(lab, holder, column):
    """What is wrong with the files, as (kind, words), once no QEMU runs any longer. virsh leaves the source's image to whoever
    made it; virt-ferry puts it aside under another name."""
    found = []
    files = {host: set(os.listdir(lab.path(host, IMAGES))) for host in HOSTS}
    if holder is None or IMAGE not in files[holder]:
        found.append(("lost", "no disk where the machine is"))
    elif not is_whole(lab, holder, IMAGE):
        found.append(("lost", f"its disk on {holder[-1]} is not what it was"))
    others = lab.path("host-b", f"{IMAGES}/{OTHERS}")
    if OTHERS not in files["host-b"]:
        found.append(("lost", "another's file on b"))
    else:
        with open(others, "rb") as file:
            if file.read() != PRECIOUS:
                found.append(("lost", "another's file on b"))
    for host, expected in (("host-a", set()), ("host-b", {OTHERS})):
        rest = files[host] - expected - ({IMAGE} if host == holder else set())
        if host == "host-a" and holder == "host-b":
            rest -= check_aside(lab, column, rest, found)
        found += [("leftover", f"{name} on {host[-1]}") for name in sorted(rest)]
        pools = (lab.virsh(host, "pool-list", "--all", "--name") or "").split()
        found += [("leftover", f"pool {name} on {host[-1]}") for name in pools]
    return found


def check_aside(lab, column, names, found):
    """Which of the source's files are the image that was left, or put aside: whole, and only one."""
    aside = {name for name in names if (name.startswith(f"{IMAGE}.virt-ferry-") if column == "ferry" else name == IMAGE)}
    if len(aside) != 1:
        found.append(("leftover" if aside else "lost", f"{len(aside)} images put aside on a"))
    found += [("lost", f"{name} on a is not what it was") for name in aside if not is_whole(lab, "host-a", name)]
    return aside
