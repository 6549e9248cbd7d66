#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Whole moves by the engine with random accidents in every phase, then recovery by the journal: a short run of
# bench/sim-faults for each of some seeds. No machine is lost or doubled, none leaves anything over, and each is
# where the engine says. The seed is in the test's name.

set -euo pipefail
. "$(dirname "$0")/../lib/tap.sh"

for seed in 1 2026 31337; do
    run "$FERRY_BUILD/bench/sim-faults" --moves 1000 --seed "$seed"
    # run sets them.
    # shellcheck disable=SC2154
    like "$out" '"lost":0,"doubled":0,"left_over":0,"misplaced":0' "1,000 moves with seed $seed"
    is "$status $err" "0 seed $seed" 'and nothing to complain of'
done

done_testing
