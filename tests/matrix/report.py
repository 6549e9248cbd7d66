# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes docs/fault-matrix.md out of the results."""

import json


def read_results(path):
    """The last result of each cell and column."""
    try:
        with open(path, encoding="utf-8") as file:
            return {result["cell"]: result for result in map(json.loads, file)}
    except FileNotFoundError:
        return {}
