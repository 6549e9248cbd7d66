# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What strict mode adds to the standstill: fast moves and strict ones of one busy guest in turn, as a client sees it.

A guest's clock stands still with it, so its own log can't tell. It is pinged every millisecond from the lab's client: the
longest time without an answer is the standstill, with the noise of a quiet guest in it for all arms alike.
"""

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

import common

VM = "busy1"
ADDRESS = "192.0.2.101"
DISK = f"/srv/lab/{VM}.raw"
EVERY_S = 0.001
GOALS = {"event": 300, "status_file": 50}
ARMS = ("fast", "event", "status_file")
ICMP_ECHO, ICMP_ECHO_REPLY = 8, 0


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Pinger:
    """Within 'with': how long the address was silent at most, in ms, is in worst_ms."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.settimeout(0.2)
        self.number = os.getpid() & 0xFFFF
        self.ending = threading.Event()
        self.worst_ms = 0.0
        self.answers = 0

    def send(self):
        turn = 0
        while not self.ending.is_set():
            turn = (turn + 1) & 0xFFFF
            head = struct.pack("!BBHHH", ICMP_ECHO, 0, 0, self.number, turn)
            self.socket.sendto(struct.pack("!BBHHH", ICMP_ECHO, 0, checksum(head), self.number, turn), (ADDRESS, 0))
            time.sleep(EVERY_S)

    def receive(self):
        last = None
        while not self.ending.is_set():
            try:
                packet, (sender, _) = self.socket.recvfrom(256)
            except TimeoutError:
                continue
            kind, _, _, number = struct.unpack_from("!BBHH", packet, (packet[0] & 15) * 4)
            if sender != ADDRESS or kind != ICMP_ECHO_REPLY or number != self.number:
                continue
            now = time.monotonic()
            if last is not None:
                self.worst_ms = max(self.worst_ms, (now - last) * 1000)
            last = now
            self.answers += 1

    def __enter__(self):
        self.threads = [threading.Thread(target=work) for work in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()
        self.wait_answers()
        return self

    def wait_answers(self):
        """Until it answers, and has for some time."""
        wanted, end = self.answers + 100, time.monotonic() + 30
        while self.answers < wanted:
            if time.monotonic() > end:
                self.ending.set()
                raise RuntimeError(f"'{VM}' does not answer on {ADDRESS}")
            time.sleep(0.01)

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.wait_answers()
        finally:
            self.ending.set()
            for thread in self.threads:
                thread.join()
            self.socket.close()


def command_of(arm, src):
    """The source is named by its URI, so that a move over ssh and one over tcp are the same but for the certificate."""
    dst = common.other(src)
    uri = ssh_uri if arm == "status_file" else common.uri
    mode = ["--fast", "--force", "image-lock"] if arm == "fast" else ["--strict"]
    return [str(common.FERRY), "migrate", VM, uri(dst), "--connect", uri(src), *mode, "--yes", "--json"]


def ssh_uri(host):
    return f"qemu+ssh://{host}/system"


def stand_of(arm, src):
    """One move. Returns: ms as the client saw it, what told that the source is gone."""
    with Pinger() as pinger:
        _, output = common.timed(command_of(arm, src))
    return pinger.worst_ms, common.report_of(output).get("certificate")


def measure(rounds):
    """On the client. In each round each arm goes there and back."""
    rows = {arm: [] for arm in ARMS}
    told = {arm: {} for arm in ARMS}
    for turn in range(rounds):
        for arm in ARMS:
            for src in common.HOSTS:
                took, certificate = stand_of(arm, src)
                rows[arm].append(took)
                told[arm][str(certificate)] = told[arm].get(str(certificate), 0) + 1
        last = ", ".join(f"{arm} {rows[arm][-2]:.0f} {rows[arm][-1]:.0f} ms" for arm in ARMS)
        common.say(f"round {turn + 1} of {rounds}: {last}")
    return {"rows": rows, "certificates": told}


def run(words):
    parser = argparse.ArgumentParser(prog="bench/run strict")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--memory", type=int, default=512, metavar="MIB")
    parser.add_argument("--dirty", default="text:64:10", metavar="MODE:SIZE:RATE")
    parser.add_argument("--image", default="trixie", help="of both hosts")
    options = parser.parse_args(words)
    lab = common.Lab("bench-sr")
    try:
        lab.lab("up", "--image", options.image, "--image", options.image)
        disk = f"/var/tmp/virt-ferry/{lab.env['FERRY_LAB']}/shared/{VM}.raw"
        subprocess.run(["truncate", "-s", "16M", disk], check=True)
        os.chmod(disk, 0o666)
        lab.lab("vm", "start", "host-a", VM, "--memory", str(options.memory), "--dirty", options.dirty, "--ip", ADDRESS,
                "--disk", DISK, "--wait")
        found = lab.inside("measure_strict", options.rounds)
        ticks = lab.lab("vm", "check", VM, "--alive").splitlines()
    finally:
        lab.__exit__()
    figures = {arm: common.summary(values) for arm, values in found["rows"].items()}
    added = {arm: round(figures[arm]["median"] - figures["fast"]["median"], 1) for arm in GOALS}
    return {
        "name": "strict",
        "unit": "ms without an answer, as a client sees it",
        "figures": figures,
        "added_to_fast": added,
        "certificates": found["certificates"],
        "ticks": ticks,
        "goal": "medians: strict on libvirt's event <= 300 ms more than fast, on the source's status file <= 50 ms more",
        "ok": all(added[arm] <= limit for arm, limit in GOALS.items()),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
