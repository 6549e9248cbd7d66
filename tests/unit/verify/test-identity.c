// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "verify/identity.h"

#define UUID     "7ca00b14-0000-4000-8000-26fa514e0004"
#define GENID    "11111111-2222-4333-8444-555555555555"
#define NIC(mac) "<interface type='network'><mac address='" mac "'/></interface>"
#define DOMAIN(genid, devices)                                                                 \
    "<domain type='kvm'><name>web1</name><uuid>" UUID "</uuid><genid>" genid                   \
    "</genid><devices><disk type='file'><target dev='vda'/><serial>D1</serial></disk>" devices \
    "</devices></domain>"

static const char one[] = DOMAIN(GENID, NIC("52:54:00:00:00:01"));

static void
assert_verdict(const FerryIdentitySides *before,
               const FerryIdentitySides *after,
               FerryVerdictKind kind,
               const char *text)
{
    g_autoptr(FerryVerdict) verdict = g_new0(FerryVerdict, 1);

    ferry_verify_identity(UUID, before, after, verdict);
    g_assert_cmpstr(verdict->text, ==, text);
    g_assert_cmpint(verdict->kind, ==, kind);
}

// UUID, generation, MAC and serial.
static void
test_kept(void)
{
    assert_verdict(&(FerryIdentitySides){one, one}, &(FerryIdentitySides){one, one},
                   FERRY_VERDICT_OK, "all 4 values as before");
}

// On either side, and whether it changed, came or went.
static void
test_changed(void)
{
    const char *other = DOMAIN("99999999-2222-4333-8444-555555555555", NIC("52:54:00:00:00:01"));
    const char *mac = DOMAIN(GENID, NIC("52:54:00:00:00:02"));
    const char *fewer = DOMAIN(GENID, "");
    const char *more = DOMAIN(GENID, NIC("52:54:00:00:00:01") NIC("52:54:00:00:00:03"));

    assert_verdict(&(FerryIdentitySides){one, one}, &(FerryIdentitySides){other, one},
                   FERRY_VERDICT_WARN,
                   "hyper.genid was '" GENID "' and is '99999999-2222-4333-8444-555555555555' now");
    assert_verdict(&(FerryIdentitySides){one, one}, &(FerryIdentitySides){one, mac},
                   FERRY_VERDICT_WARN,
                   "hyper.mac of net0 was '52:54:00:00:00:01' and is 'none' now");
    assert_verdict(&(FerryIdentitySides){one, NULL}, &(FerryIdentitySides){fewer, NULL},
                   FERRY_VERDICT_WARN,
                   "hyper.mac of net0 was '52:54:00:00:00:01' and is 'none' now");
    assert_verdict(&(FerryIdentitySides){one, NULL}, &(FerryIdentitySides){more, NULL},
                   FERRY_VERDICT_WARN,
                   "hyper.mac of net1 was 'none' and is '52:54:00:00:00:03' now");
}

// A transient machine that arrives as a persistent one: only what both ends have can be compared.
static void
test_one_side(void)
{
    assert_verdict(&(FerryIdentitySides){one, NULL}, &(FerryIdentitySides){one, one},
                   FERRY_VERDICT_OK, "all 4 values as before");
    assert_verdict(&(FerryIdentitySides){one, NULL}, &(FerryIdentitySides){NULL, one},
                   FERRY_VERDICT_UNKNOWN, "no XML of both ends can be compared");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verify-identity/kept", test_kept);
    g_test_add_func("/verify-identity/changed", test_changed);
    g_test_add_func("/verify-identity/one-side", test_one_side);
    return g_test_run();
}
