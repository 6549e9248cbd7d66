#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab fault matrix: every cell of tests/data/fault-cells.tsv that the lab can produce, with virsh and with virt-ferry.

Each worker has a lab of its own. Results are added to a file, a line of JSON each; what is there already is not run again,
so that a run that was ended goes on where it was.
"""

import argparse
import fnmatch
import json
import os
import queue
import signal
import sys
import threading
import time

import report
from cell import read_cells, run_cell
from lab import TREE, Lab, LabError, ending
from movers import POSTCOPY_PHASES

CELLS = f"{TREE}/tests/data/fault-cells.tsv"
DOCUMENT = f"{TREE}/docs/fault-matrix.md"
TRIES = 2


def options():
    parser = argparse.ArgumentParser(description="Runs the lab fault matrix, or writes its report.")
    parser.add_argument("--cells", metavar="GLOB", action="append",
                        help="only cells whose 'mode/phase/fault' match; may be repeated")
    parser.add_argument("--only", choices=("virsh", "ferry"), help="only this column")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--results", default=f"{TREE}/build/fault-matrix.jsonl")
    parser.add_argument("--redo", action="store_true", help="run what has a result, too")
    parser.add_argument("--labs", default="matrix", metavar="PREFIX", help="of the labs' names")
    parser.add_argument("--report", action="store_true", help=f"write {os.path.relpath(DOCUMENT, TREE)} and run nothing")
    return parser.parse_args()


def key(cell, column):
    return f"{cell.mode}/{cell.phase}/{cell.fault}/{column}"


def image_of(cell):
    """libvirt 11.2 to 11.3 crashes as the destination of a resumed post-copy, so that these need older hosts."""
    return "bookworm" if cell.phase in POSTCOPY_PHASES else "trixie"


def jobs(args):
    """The cells to run, as pairs with their column: those of one image together."""
    done = {} if args.redo else report.read_results(args.results)
    found = []
    for cell in read_cells(CELLS):
        name = f"{cell.mode}/{cell.phase}/{cell.fault}"
        if cell.lab != "-" or args.cells and not any(fnmatch.fnmatch(name, pattern) for pattern in args.cells):
            continue
        for column in ("virsh", "ferry"):
            wanted = args.only in (None, column) and (column == "ferry" or cell.virsh == "-")
            if wanted and "a" not in done.get(key(cell, column), {}):
                found.append((cell, column))
    return sorted(found, key=lambda job: image_of(job[0]))


class Output:
    """Results and what is said, from all workers."""

    def __init__(self, path, total):
        self.path = path
        self.total = total
        self.count = 0
        self.failed = 0
        self.lock = threading.Lock()
        os.makedirs(os.path.dirname(path), exist_ok=True)

    def add(self, result):
        with self.lock:
            self.count += 1
            bad = [words for _, words in result.get("found", [])] or ([result["error"]] if "error" in result else [])
            self.failed += bool(bad) and result["column"] == "ferry" or "error" in result
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(result, sort_keys=True) + "\n")
            print(f"{self.count}/{self.total} {result['cell']} {result['seconds']} s: {'; '.join(bad) or 'ok'}", flush=True)


class Worker(threading.Thread):
    """Takes jobs, and makes its lab anew when the hosts have to be others or it does not do what it should."""

    def __init__(self, number, args, todo, output):
        super().__init__()
        self.name = f"{args.labs}-{number}"
        self.todo = todo
        self.output = output
        self.lab = None

    def run(self):
        try:
            while not ending.is_set():
                self.do(*self.todo.get_nowait())
        except queue.Empty:
            pass
        finally:
            self.end_lab()

    def end_lab(self):
        """What does not go now is cleared when the next lab of this name comes up."""
        try:
            if self.lab:
                self.lab.down()
        except (LabError, OSError) as error:
            print(f"{self.name}: {error}", file=sys.stderr)
        self.lab = None

    def need_lab(self, image):
        if self.lab and self.lab.image == image:
            return
        self.end_lab()
        self.lab = Lab(self.name, image)
        self.lab.up()

    def do(self, cell, column):
        began = time.monotonic()
        result = {}
        for _ in range(TRIES):
            if ending.is_set():
                return
            try:
                self.need_lab(image_of(cell))
                result = run_cell(self.lab, cell, column)
                result["versions"] = self.lab.versions()
                break
            except (LabError, OSError, ValueError) as error:
                result = {"error": f"{type(error).__name__}: {error}"}
                self.end_lab()
        if "a" not in result and ending.is_set():
            return
        result.update(cell=key(cell, column), column=column, image=image_of(cell))
        result.setdefault("seconds", round(time.monotonic() - began, 1))
        self.output.add(result)


def run(args):
    todo = queue.Queue()
    for job in jobs(args):
        todo.put(job)
    output = Output(args.results, todo.qsize())
    workers = [Worker(number, args, todo, output) for number in range(min(args.workers, todo.qsize()))]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{output.count} of {output.total} run, {output.failed} not as they should be")
    return 1 if output.failed or output.count < output.total else 0


def main():
    args = options()
    if args.report:
        report.write(args.results, read_cells(CELLS), DOCUMENT)
        return 0
    if os.geteuid() != 0:
        print("matrix.py: needs root: the lab makes namespaces", file=sys.stderr)
        return 1
    return run(args)


if __name__ == "__main__":
    sys.exit(main())
