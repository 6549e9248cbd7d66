# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The phases of a move, each with what makes the move stand still in it and what lets it go on."""

import re
import time

from lab import NAME, LabError, wait_until

SLOW_MIBS = 4
SLOWEST_MIBS = 1
# Of 200 MiB there is much left when a fault has lasted longer than the keepalive.
COPY_MIBS = 12
PATIENCE_S = 40


def side(lab, host):
    """State and reason as virsh says: 'running (migrated)'; 'none'; None when there is no answer."""
    text = lab.virsh(host, f"list --all --name; domstate {NAME} --reason", seconds=5)
    if text is not None:
        return text.split("\n")[-2].strip() if NAME in text.split("\n")[:-2] else "none"
    text = lab.virsh(host, "list", "--all", "--name", seconds=5)
    return "none" if text is not None and NAME not in text.split() else None


def job(lab, host):
    """What domjobinfo says, by its words."""
    text = lab.virsh(host, "domjobinfo", NAME, seconds=5) or ""
    return dict(re.findall(r"^([^:\n]+): +(.+?) *$", text, flags=re.MULTILINE))


def has_job(lab, host):
    return job(lab, host).get("Job type", "None") not in ("None", "Completed")


class Phase:
    """held: the move stands still until let_go(), which the fault does not wait for; otherwise it is only slow, and is let go
    after the fault has passed."""

    held = True
    bandwidth = 0

    def __init__(self, lab, mover):
        self.lab = lab
        self.mover = mover

    def arm(self):
        """Before the move is begun."""

    def reach(self):
        """Waits until the move is in the phase."""

    def let_go(self):
        """May be called several times."""

    def wait(self, what, condition):
        def check():
            if value := condition():
                return value
            if self.mover.is_over():
                time.sleep(0.2)
                if value := condition():
                    return value
                raise LabError(f"the move has ended before {what}: {self.mover.said()[-400:]}")
            return None

        return wait_until(what, check, PATIENCE_S)


class Message(Phase):
    """Held at the gate."""

    hold = ""

    def arm(self):
        self.lab.tell_gate(f"hold {self.hold}")

    def reach(self):
        self.wait(f"{self.hold} is held", lambda: self.lab.tell_gate("wait 0.05") == "held")

    def let_go(self):
        self.lab.tell_gate("release")


class BeforePrepare(Message):
    hold = "DOMAIN_MIGRATE_PREPARE3_PARAMS call"


class Prepare(Message):
    hold = "DOMAIN_MIGRATE_PREPARE3_PARAMS reply"


class Finish(Message):
    hold = "DOMAIN_MIGRATE_FINISH3_PARAMS call"


class Commit(Message):
    """Strict: the destination is let run. Fast: it runs already, and autostart is carried over."""

    def __init__(self, lab, mover):
        super().__init__(lab, mover)
        self.hold = f"DOMAIN_{'RESUME' if mover.mode == 'strict' else 'SET_AUTOSTART'} call"


class Verify(Message):
    """The first definition that is read after the last call of the commit."""

    hold = "DOMAIN_SET_AUTOSTART call"

    def reach(self):
        super().reach()
        self.lab.tell_gate("then DOMAIN_GET_XML_DESC call")
        self.wait("the definition is asked for", lambda: self.lab.tell_gate("wait 0.05") == "held")


class Slow(Phase):
    held = False

    def arm(self):
        self.lab.virsh("host-a", "migrate-setmaxdowntime", NAME, "10")

    def sends(self, least):
        words = job(self.lab, "host-a")
        return int(words.get("Iteration", "0")) >= least and not words.get("Data processed", "0").startswith("0")

    def let_go(self):
        self.lab.unshape()
        self.lab.virsh("host-a", f"migrate-setmaxdowntime {NAME} 2000", seconds=3)
        self.lab.virsh("host-a", f"migrate-setspeed {NAME} 1000", seconds=3)


class DiskCopy(Slow):
    """The disk is being copied; a job that libvirt has with itself heeds the speed of the copy alone."""

    bandwidth = COPY_MIBS

    def reach(self):
        self.wait("bytes of the disk go over", lambda: not job(self.lab, "host-a").get("File processed", "0").startswith("0"))

    def let_go(self):
        self.lab.virsh("host-a", f"blockjob {NAME} vda --bandwidth 1000", seconds=3)
        super().let_go()


class FirstPass(Slow):
    bandwidth = SLOWEST_MIBS

    def reach(self):
        self.wait("it sends", lambda: self.sends(1))


class LaterPass(Slow):
    bandwidth = SLOW_MIBS

    def reach(self):
        self.wait("it sends again", lambda: self.sends(3))


class Switchover(LaterPass):
    """The source has stopped the guest and can't send the rest, because the link is next to nothing."""

    def reach(self):
        super().reach()
        self.lab.shape("2mbit")
        self.lab.virsh("host-a", "migrate-setmaxdowntime", NAME, "2000000")
        self.wait("the source stands still", lambda: side(self.lab, "host-a") == "paused (migrating)")
        self.lab.shape("8kbit")


class Confirm(Phase):
    """The source's hook for the end of its machine does not return."""

    def arm(self):
        self.lab.remove("host-a", "/run/held-stopped")
        self.lab.touch("host-a", "/run/hold-stopped")

    def reach(self):
        self.wait("the source's hook is called", lambda: self.lab.has("host-a", "/run/held-stopped"))

    def let_go(self):
        self.lab.remove("host-a", "/run/hold-stopped")


class PostCopy(Slow):
    """Switched over, and the rest of the memory takes its time."""

    bandwidth = SLOW_MIBS

    def arm(self):
        super().arm()
        self.lab.shape("8mbit")

    def reach(self):
        self.wait("it sends", lambda: self.sends(1))
        if self.mover.name == "virsh":
            self.lab.virsh("host-a", "migrate-postcopy", NAME)
        self.wait("the source is in post-copy", lambda: side(self.lab, "host-a") == "paused (post-copy)")
        # Slow enough to last, and fast enough for the devices' state, without which the destination does not start.
        self.lab.shape("512kbit")
        self.wait("the destination is in post-copy", lambda: side(self.lab, "host-b") == "running (post-copy)")
        self.lab.shape("64kbit")


class PostCopyPaused(PostCopy):
    """Both sides have given up for now; a try to go on is held before it begins."""

    def reach(self):
        super().reach()
        self.lab.tell_gate("hold DOMAIN_MIGRATE_PREPARE3_PARAMS call")
        self.lab.virsh("host-a", "domjobabort", NAME, "--postcopy")
        # The destination hears of it behind all that was sent.
        self.lab.unshape()
        wait_until("both sides have given up", lambda: (side(self.lab, "host-a"), side(self.lab, "host-b"))
                   == ("paused (post-copy failed)", "running (post-copy failed)"))

    def let_go(self):
        self.lab.tell_gate("release")
        super().let_go()


PHASES = {
    "before-prepare": BeforePrepare,
    "prepare": Prepare,
    "disk-copy": DiskCopy,
    "first-pass": FirstPass,
    "later-pass": LaterPass,
    "switchover": Switchover,
    "finish": Finish,
    "confirm": Confirm,
    "post-copy": PostCopy,
    "post-copy-paused": PostCopyPaused,
    "verify": Verify,
    "commit": Commit,
}
