#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A relay for libvirt's RPC over TCP that can hold a message, so that a migration stands still where a test wants it.

    gate.py PORT DAEMON_PORT CONTROL

listens on PORT, passes every frame to the daemon on DAEMON_PORT of 127.0.0.1 and back, and obeys lines on the unix
socket CONTROL, one answer a line:

    hold PROC call|reply [N]   the N-th such message from now on stays here (PROC is a name below or a number)
    wait SECONDS               'held' as soon as it is, 'not held' when the time is over
    release                    what is held goes on; what was not held yet goes on when it comes
    then PROC call|reply [N]   release and hold in one, so that nothing slips through between
    peers                      the addresses of the clients that are connected now

Only the one message is held: keepalive and everything else go on, in both directions. A side that closes has the other
side closed after the data that came before, also what was held: as on a wire, where a call that was sent arrives although
its sender dies. It ends when its standard input does, so that it never outlives who started it.
"""

import asyncio
import os
import struct
import sys

# libvirt's framing (src/rpc/virnetprotocol.x): length including itself, program, version, procedure, type, serial, status.
HEADER = struct.Struct(">IIIiiII")
LONGEST = 64 * 1024 * 1024
REMOTE_PROGRAM = 0x20008086
TYPES = {"call": 0, "reply": 1}

# Of src/remote/remote_protocol.x; a number is never given to another procedure.
PROCEDURES = {
    "DOMAIN_GET_XML_DESC": 14,
    "DOMAIN_RESUME": 28,
    "DOMAIN_SET_AUTOSTART": 29,
    "DOMAIN_MIGRATE_BEGIN3_PARAMS": 302,
    "DOMAIN_MIGRATE_PREPARE3_PARAMS": 303,
    "DOMAIN_MIGRATE_PERFORM3_PARAMS": 305,
    "DOMAIN_MIGRATE_FINISH3_PARAMS": 306,
    "DOMAIN_MIGRATE_CONFIRM3_PARAMS": 307,
}


class Hold:
    """One message that is to be held, and then is."""

    def __init__(self, procedure, kind, number):
        self.procedure = procedure
        self.kind = kind
        self.left = number
        self.held = asyncio.Event()
        self.released = asyncio.Event()

    def wants(self, frame):
        if len(frame) < HEADER.size or self.held.is_set() or self.released.is_set():
            return False
        _, program, _, procedure, kind, _, _ = HEADER.unpack_from(frame)
        if program != REMOTE_PROGRAM or (procedure, kind) != (self.procedure, self.kind):
            return False
        self.left -= 1
        return self.left == 0


class Gate:
    def __init__(self, daemon_port):
        self.daemon_port = daemon_port
        self.hold = None
        self.peers = set()
        self.tasks = set()

    async def client(self, reader, writer):
        """One connection of a client, until both directions have ended."""
        peer = writer.get_extra_info("peername")
        try:
            daemon_reader, daemon_writer = await asyncio.open_connection("127.0.0.1", self.daemon_port)
        except OSError:
            writer.transport.abort()
            return
        self.peers.add(peer)
        up = asyncio.create_task(self.pump(reader, daemon_writer))
        down = asyncio.create_task(self.pump(daemon_reader, writer))
        up.add_done_callback(lambda _: self.peers.discard(peer))
        await asyncio.gather(up, down)
        for end in (writer, daemon_writer):
            end.close()

    async def pump(self, reader, writer):
        held = []
        try:
            while True:
                length = await reader.readexactly(4)
                size = int.from_bytes(length, "big")
                if not 4 <= size <= LONGEST:
                    break
                frame = length + await reader.readexactly(size - 4)
                if self.hold and self.hold.wants(frame):
                    held.append((self.hold, asyncio.create_task(self.deliver(self.hold, frame, writer))))
                    continue
                writer.write(frame)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        for hold, task in held:
            hold.released.set()
            await task
        try:
            writer.write_eof()
        except OSError:
            pass

    async def deliver(self, hold, frame, writer):
        hold.held.set()
        await hold.released.wait()
        try:
            writer.write(frame)
            await writer.drain()
        except OSError:
            pass

    async def control(self, reader, writer):
        while line := await reader.readline():
            try:
                answer = await self.obey(line.decode().split())
            except (IndexError, KeyError, ValueError):
                answer = "cannot understand: " + line.decode().strip()
            writer.write((answer + "\n").encode())
        writer.close()

    async def obey(self, words):
        if words[0] in ("hold", "then"):
            procedure = PROCEDURES[words[1]] if words[1] in PROCEDURES else int(words[1])
            last, self.hold = self.hold, Hold(procedure, TYPES[words[2]], int(words[3]) if len(words) > 3 else 1)
            if last and words[0] == "then":
                last.released.set()
            return "ok"
        if words[0] == "wait":
            try:
                await asyncio.wait_for(self.hold.held.wait(), float(words[1]))
            except asyncio.TimeoutError:
                return "not held"
            return "held"
        if words[0] == "release":
            if self.hold:
                self.hold.released.set()
            return "ok"
        if words[0] == "peers":
            return " ".join(sorted(peer[0] for peer in self.peers))
        raise KeyError(words[0])


async def main():
    port, daemon_port, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    gate = Gate(daemon_port)
    await asyncio.start_server(gate.client, "0.0.0.0", port)
    await asyncio.start_unix_server(gate.control, path)
    print("ready", flush=True)
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    await stdin.read()
    # Connections that are still there end with the process.
    os._exit(0)


asyncio.run(main())
