# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Reads a guest's serial log, to which the QEMU of every host that it ran on has added, and proves that the guest
# lived through it once: after READY nothing but ticks, numbered 1, 2, 3 ..., none with a bad page.
# Prints one line; the exit status is 0 if all is well. Set 'name' to the machine's.

function fail(what) {
    print name ": " what
    failed = 1
    exit 1
}

# The last line may be half written; what is there of its number is compared only when the rest is there too.
function judge(line, is_last, number, count) {
    if (!ready) {
        ready = line == "READY"
        return
    }
    if (line !~ /^T [0-9]+ ([a-z]+=[0-9]+ )*bad=[0-9]+( [a-z]+=[0-9]+)*$/) {
        if (!is_last)
            fail("unexpected text after tick " last " in line " judged ": '" line "'")
        return
    }
    split(line, field, " ")
    number = field[2] + 0
    if (number <= last)
        fail("tick " number " repeated after tick " last " in line " judged)
    if (number != last + 1)
        fail("tick " last + 1 " missing: tick " number " comes after tick " last " in line " judged)
    last = number
    count = value(line, "bad")
    if (count != 0)
        fail("bad pages: " count " at tick " number " in line " judged)
    if (value(line, "gap") > gap)
        gap = value(line, "gap")
}

function value(line, key) {
    return match(line, " " key "=[0-9]+") ? substr(line, RSTART + length(key) + 2) + 0 : 0
}

NR > 1 {
    judged = NR - 1
    judge(previous, 0)
}

{
    previous = $0
}

END {
    if (failed)
        exit 1
    judged = NR
    judge(previous, 1)
    if (failed)
        exit 1
    if (!last) {
        print name ": no tick in the log"
        exit 1
    }
    printf "%s: %d %s, none lost or repeated, no bad page", name, last, last == 1 ? "tick" : "ticks"
    if (gap)
        printf ", largest stall %.1f ms", gap / 1000
    print ""
}
