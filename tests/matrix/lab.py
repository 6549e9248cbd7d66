# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One lab of a worker: two hosts, a client with an iSCSI target, a gate before host-b's daemon, and ways to hurt them.

host-a is the source and host-b the destination of every move. Paths of hosts and the client are reached from outside
through the root folders of their first processes.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
HOSTS = ("host-a", "host-b")
NAME = "web1"  # of the machine that is moved
GATE_PORT = 16510
KEEPALIVE_S = 5  # interval * (count + 1) of CONFIG
CONFIG = {"keepalive_interval": 1, "keepalive_count": 4}
TARGET = "iqn.2026-01.virt-ferry.test:disk"
CLIENT_IP = "192.0.2.2"
# Disks that are a host's own; on the destination a file system that can be full.
IMAGES = "/var/lib/libvirt/images"
IMAGES_MIB = 300
# What the destination's full disk is: all that libvirt writes for a machine.
SMALL_FOLDERS = ("/etc/libvirt/qemu", "/run/libvirt/qemu", "/var/lib/libvirt/qemu", "/var/log/libvirt/qemu")

HOOK = """#!/bin/sh
# The hook 'stopped' stands still as long as the file is there.
cat >/dev/null
if [ "$2 $3" = 'stopped end' ] && [ -e /run/hold-stopped ]; then
    : >/run/held-stopped
    while [ -e /run/hold-stopped ]; do sleep 0.05; done
fi
"""


# Set when the run is to end: nobody waits any longer.
ending = threading.Event()


class LabError(Exception):
    """The lab itself does not do what it should: no verdict about a cell."""


def wait_until(what, condition, seconds=30.0):
    """What condition() returns as soon as it is true; an error when it never is."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise LabError(f"waited {seconds:.0f} s in vain until {what}")
        if ending.wait(0.02):
            raise LabError("the run was ended")
    return value


class Lab:
    def __init__(self, name, image):
        self.name = name
        self.image = image
        self.folder = f"/var/tmp/virt-ferry/{name}"
        self.environment = dict(os.environ, FERRY_LAB=name)
        self.environment.pop("FERRY_LAB_DIR", None)
        self.firsts = {}
        self.gate = None
        self.gate_control = None
        self.target = None
        self.shaped = False

    # Up and down

    def lab(self, *words):
        run = subprocess.run([f"{TREE}/lab/lab", *words], env=self.environment, capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, timeout=600, check=False)
        if run.returncode != 0:
            raise LabError(f"lab/lab {' '.join(words)}: {run.stderr.strip()}")
        return run.stdout

    def up(self):
        self.down()
        self.lab("up", "--image", self.image, "--hosts", "2")
        for name in ("switch", "client", *HOSTS):
            with open(f"{self.folder}/{name}/pid", encoding="ascii") as file:
                self.firsts[name] = int(file.read().split()[0])
        self.lab("vm", "build")
        cache = os.environ.get("FERRY_CACHE") or os.path.expanduser("~/.cache/virt-ferry")
        os.makedirs(f"{self.folder}/shared/guest", exist_ok=True)
        subprocess.run(["install", "-m", "644", f"{cache}/guest/micro", f"{self.folder}/shared/guest/micro"], check=True)
        for host in HOSTS:
            self.prepare_host(host)
        # What QEMU has written is gone for it: with much of the memory in the socket it would have nothing left to send.
        self.in_net("host-a", "sh", "-c", "echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_wmem")
        self.start_gate()
        self.start_target()
        self.make_state_folder()

    def prepare_host(self, host):
        """Short keepalive, the hook, a small file system for what libvirt writes, a folder for the serial log."""
        self.kill_daemon(host)
        for file in ("libvirtd.conf", "qemu.conf"):
            path = self.path(host, f"/etc/libvirt/{file}")
            with open(path, encoding="utf-8") as conf:
                text = conf.read()
            for key, value in CONFIG.items():
                text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
            with open(path, "w", encoding="utf-8") as conf:
                conf.write(text)
        os.makedirs(self.path(host, "/etc/libvirt/hooks"), exist_ok=True)
        hook = self.path(host, "/etc/libvirt/hooks/qemu")
        with open(hook, "w", encoding="utf-8") as file:
            file.write(HOOK)
        os.chmod(hook, 0o755)
        os.makedirs(self.path(host, "/var/guest"), exist_ok=True)
        os.chmod(self.path(host, "/var/guest"), 0o777)
        script = "mkdir -p /small && mount -t tmpfs -o size=8m,mode=755 tmpfs /small\n"
        for i, folder in enumerate(SMALL_FOLDERS):
            script += f"mkdir -p {folder} && cp -a {folder} /small/{i} && mount --bind /small/{i} {folder}\n"
        script += f"mkdir -p {IMAGES}\n"
        if host == "host-b":
            script += f"mount -t tmpfs -o size={IMAGES_MIB}m,mode=711 tmpfs {IMAGES}\n"
        self.inside(host, "sh", "-ec", script)
        self.start_daemon(host)

    def start_gate(self):
        control = f"{self.folder}/gate"
        self.gate = subprocess.Popen(
            ["nsenter", "--target", str(self.firsts["host-b"]), "--net", "--", sys.executable, f"{HERE}/gate.py",
             str(GATE_PORT), "16509", control], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.gate.stdout.readline() != b"ready\n":
            raise LabError("the gate does not start")
        self.gate_control = socket.socket(socket.AF_UNIX)
        self.gate_control.connect(control)

    def start_target(self):
        """An iSCSI disk for both hosts, on which no file lock can hide that a machine runs twice."""
        # Otherwise all labs' tgtd would have the machine's one socket.
        environment = dict(os.environ, TGT_IPC_SOCKET=f"{self.folder}/tgtd")
        image = f"{self.folder}/target.raw"
        with open(image, "wb") as file:
            file.truncate(1 << 20)
        self.target = self.spawn_client(["tgtd", "--foreground", "--iscsi", f"portal={CLIENT_IP}:3260"],
                                        subprocess.DEVNULL, environment)

        def tell(*words):
            return subprocess.run(self.client_command(["tgtadm", "--lld", "iscsi", *words]), env=environment,
                                  capture_output=True, check=False).returncode == 0

        wait_until("tgtd answers", lambda: tell("--op", "show", "--mode", "target"))
        if not (tell("--op", "new", "--mode", "target", "--tid", "1", "-T", TARGET)
                and tell("--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", image)
                and tell("--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")):
            raise LabError("tgtd takes no disk")

    def make_state_folder(self):
        """Records of virt-ferry on a small file system of the client's, so that it can be full."""
        subprocess.run(self.client_command(["sh", "-ec", "mkdir -p /mnt/ferry-state && "
                                            "mount -t tmpfs -o size=8m,mode=700 tmpfs /mnt/ferry-state"]), check=True)

    def down(self):
        if self.gate_control:
            self.gate_control.close()
            self.gate_control = None
        if self.gate:
            self.gate.stdin.close()
            self.gate.wait()
            self.gate = None
        if self.target:
            self.target.kill()
            self.target.wait()
            self.target = None
        self.lab("down")

    # Ways in

    def path(self, name, path):
        return f"/proc/{self.firsts[name]}/root{path}"

    def inside(self, host, *command, check=True):
        """Runs a command as root of a host."""
        run = subprocess.run(
            ["nsenter", "--target", str(self.firsts[host]), "--mount", "--uts", "--ipc", "--net", "--pid", "--", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        if check and run.returncode != 0:
            raise LabError(f"{host}: {' '.join(command)}: {run.stderr.strip()}")
        return run.stdout

    def in_net(self, name, *command, check=True):
        """Runs a program of the machine in the network of a host or the switch."""
        run = subprocess.run(["nsenter", "--target", str(self.firsts[name]), "--net", "--", *command],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
        if check and run.returncode != 0:
            raise LabError(f"{name}: {' '.join(command)}: {run.stderr.strip()}")
        return run.stdout

    def client_command(self, command):
        """What runs a command on the client; nsenter becomes it, so its pid is the command's."""
        return ["nsenter", "--target", str(self.firsts["client"]), "--mount", "--uts", "--net", "--", *command]

    def spawn_client(self, command, output, environment=None):
        return subprocess.Popen(self.client_command(command), stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT if output != subprocess.DEVNULL else output,
                                env=environment or os.environ)

    def versions(self):
        """libvirt's and QEMU's."""
        with open(f"{self.folder}/host-a/versions", encoding="ascii") as file:
            return file.read().split()

    def ssh_uri(self, host):
        """Past the gate, and with a shell there."""
        return f"qemu+ssh://{host}/system"

    def uri(self, host, gate=False):
        return f"qemu+tcp://{host}{':' + str(GATE_PORT) if gate else ''}/system"

    def virsh(self, host, *words, seconds=10):
        """virsh over the host's own socket, which no cut link reaches. Returns what it printed, or None if it failed."""
        try:
            run = subprocess.run(["virsh", "-q", "-c", f"qemu+unix:///system?socket={self.folder}/{host}/sock", *words],
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return None
        return run.stdout if run.returncode == 0 else None

    # The gate

    def tell_gate(self, line, seconds=10):
        self.gate_control.settimeout(seconds)
        self.gate_control.sendall(f"{line}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            part = self.gate_control.recv(4096)
            if not part:
                raise LabError("the gate has ended")
            answer += part
        return answer.decode().strip()

    def source_is_connected(self):
        return "192.0.2.11" in self.tell_gate("peers").split()

    # Processes

    def processes(self, host):
        """Those of a host: pid of the machine -> name."""
        space = os.readlink(f"/proc/{self.firsts[host]}/ns/pid")
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                if os.readlink(f"/proc/{entry}/ns/pid") != space:
                    continue
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    stat = file.read()
            except OSError:
                continue
            if stat.rpartition(") ")[2][0] not in "ZX":
                found[int(entry)] = stat[stat.index("(") + 1:stat.rindex(")")]
        return found

    def qemus(self, host):
        """Those that hold a machine; libvirt also starts some to learn what they can."""
        found = []
        for pid, name in self.processes(host).items():
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if name.startswith("qemu-system-x") and b"guest=" in file.read():
                        found.append(pid)
            except OSError:
                pass
        return found

    def daemon(self, host):
        """The pid of its libvirtd. One that forks a child has the same name for a moment: the oldest counts."""
        found = [pid for pid, name in self.processes(host).items() if name == "libvirtd"]
        return min(found, key=started) if found else None

    def kill_daemon(self, host):
        pid = self.daemon(host)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            wait_until("the daemon has ended", lambda: started(pid) is None)

    def start_daemon(self, host):
        if self.daemon(host) is None:
            self.inside(host, "libvirtd", "--daemon", "--listen")
        wait_until(f"the daemon of {host} answers", lambda: self.virsh(host, "uri", seconds=2) is not None)

    def forget_machines(self, host):
        """Takes all that libvirt wrote of them away while it does not run."""
        self.kill_daemon(host)
        for pid in self.qemus(host):
            os.kill(pid, signal.SIGKILL)
        self.inside(host, "sh", "-c", "rm -f /etc/libvirt/qemu/*.xml /etc/libvirt/qemu/autostart/* /run/libvirt/qemu/*.xml "
                    "/run/libvirt/qemu/*.pid")
        self.start_daemon(host)

    # Links

    def ports(self, state):
        for port in ("mgmt-a", "mgmt-b", "mig-a", "mig-b"):
            self.in_net("switch", "bridge", "link", "set", "dev", port, "state", str(state))

    def cut_all(self):
        self.ports(0)

    def cut_migration(self):
        self.in_net("switch", "bridge", "link", "set", "dev", "mig-b", "state", "0")

    def mend(self):
        self.ports(3)

    def shape(self, rate):
        """Limits what the source sends. The burst is smaller than what the guest dirties; nothing is dropped, because TCP would
        wait long before it sends that again."""
        self.shaped = True
        self.in_net("host-a", "tc", "qdisc", "replace", "dev", "mig0", "root", "tbf", "rate", rate, "burst", "16kb",
                    "limit", "4mb")

    def unshape(self):
        """A high rate, since the end of the limit would drop what waits behind it."""
        if self.shaped:
            self.shape("20gbit")

    def end_shape(self):
        self.shaped = False
        self.in_net("host-a", "tc", "qdisc", "del", "dev", "mig0", "root", check=False)

    # Full disks

    def fill(self, name, folder):
        try:
            with open(self.path(name, f"{folder}/filler"), "wb", buffering=0) as file:
                while file.write(b"\0" * 4096):
                    pass
        except OSError:
            pass

    def empty(self, name, folder):
        try:
            os.unlink(self.path(name, f"{folder}/filler"))
        except FileNotFoundError:
            pass

    def touch(self, host, path):
        with open(self.path(host, path), "wb"):
            pass

    def remove(self, host, path):
        try:
            os.unlink(self.path(host, path))
        except FileNotFoundError:
            pass

    def has(self, host, path):
        return os.path.exists(self.path(host, path))


def started(pid):
    """When a process began, in ticks since boot; None when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(") ")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
