// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/uuid.h"

#include <glib.h>

#define GOOD         "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11"
#define GOOD_SWAPPED "521c1b8f-0e6c-3c4d-9a51-1f5c7a3f0b11"

static void
test_parse(void)
{
    static const char *const good[] = {
        "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b11",
        "8F1B1C52-6C0E-4D3C-9A51-1F5C7A3F0B11",
        "8f1b1c526c0e4d3c9a511f5c7a3f0b11",
    };
    static const char *const bad[] = {
        "",
        "web1",
        "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b1",
        "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b111",
        "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b1g",
        "8f1b1c526-c0e-4d3c-9a51-1f5c7a3f0b11",
        "8f1b1c52-6c0e-4d3c-9a511f5c7a3f0b11-",
        "8f1b1c52 6c0e 4d3c 9a51 1f5c7a3f0b11",
        "8f1b1c52-6c0e4d3c9a511f5c7a3f0b1",
        "--------------------------------",
    };
    char uuid[FERRY_UUID_LEN + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(ferry_uuid_parse(good[i], uuid));
        g_assert_cmpstr(uuid, ==, good[0]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_false(ferry_uuid_parse(bad[i], uuid));
        g_assert_cmpstr(uuid, ==, good[0]);
    }
}

static void
test_bytes(void)
{
    static const uint8_t wanted[FERRY_UUID_SIZE] = {0x8f, 0x1b, 0x1c, 0x52, 0x6c, 0x0e, 0x4d, 0x3c,
                                                    0x9a, 0x51, 0x1f, 0x5c, 0x7a, 0x3f, 0x0b, 0x11};
    uint8_t bytes[FERRY_UUID_SIZE];
    char uuid[FERRY_UUID_LEN + 1];

    g_assert_true(ferry_uuid_to_bytes("8F1B1C526C0E4D3C9A511F5C7A3F0B11", bytes));
    g_assert_cmpmem(bytes, sizeof bytes, wanted, sizeof wanted);
    ferry_uuid_format(bytes, uuid);
    g_assert_cmpstr(uuid, ==, GOOD);
    g_assert_false(ferry_uuid_to_bytes("web1", bytes));
    g_assert_cmpmem(bytes, sizeof bytes, wanted, sizeof wanted);
}

// Raw SMBIOS of 11223344-5566-4788-... was read as 44 33 22 11 66 55 88 47 ...
static void
test_swap(void)
{
    char uuid[FERRY_UUID_LEN + 1];

    g_assert_true(ferry_uuid_swap("11223344-5566-4788-99aa-bbccddeeff00", uuid));
    g_assert_cmpstr(uuid, ==, "44332211-6655-8847-99aa-bbccddeeff00");
    g_assert_true(ferry_uuid_swap(uuid, uuid));
    g_assert_cmpstr(uuid, ==, "11223344-5566-4788-99aa-bbccddeeff00");
    g_assert_false(ferry_uuid_swap("11223344", uuid));
    g_assert_cmpstr(uuid, ==, "11223344-5566-4788-99aa-bbccddeeff00");
}

static void
test_any_order(void)
{
    g_assert_true(ferry_uuid_equal_any_order(GOOD, GOOD));
    g_assert_true(ferry_uuid_equal_any_order(GOOD, "8F1B1C526C0E4D3C9A511F5C7A3F0B11"));
    g_assert_true(ferry_uuid_equal_any_order(GOOD, GOOD_SWAPPED));
    g_assert_true(ferry_uuid_equal_any_order(GOOD_SWAPPED, GOOD));
    // one field turned round is another UUID, and so is one other digit
    g_assert_false(ferry_uuid_equal_any_order(GOOD, "521c1b8f-6c0e-4d3c-9a51-1f5c7a3f0b11"));
    g_assert_false(ferry_uuid_equal_any_order(GOOD, "8f1b1c52-6c0e-4d3c-9a51-1f5c7a3f0b12"));
    g_assert_false(ferry_uuid_equal_any_order("web1", "web1"));
    g_assert_false(ferry_uuid_equal_any_order(GOOD, ""));
}

typedef struct Case {
    const char *uuid;
    const char *why; // NULL: good
    bool placeholder;
    bool ec2;
} Case;

#define WHY_EC2 \
    "makes cloud-init take the machine for one of AWS (it begins with 'ec2' in one byte order)"
#define WHY_VENDOR "is a placeholder that boards without a UUID of their own show"
#define WHY_VARIANT \
    "is not of the variant of RFC 9562 (its fourth group begins with none of 8, 9, a, b)"

static const Case cases[] = {
    {GOOD, NULL, false, false},
    {GOOD_SWAPPED, NULL, false, false},
    {"not-a-uuid", "is no UUID", false, false},
    {"00000000-0000-0000-0000-000000000000", "is the nil UUID", true, false},
    {"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "is the UUID of all ones", true, false},
    {"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "is one byte sixteen times", true, false},
    {"8f1b1c52-6c0e-4d3c-7a51-1f5c7a3f0b11", WHY_VARIANT, false, false},
    {"8f1b1c52-6c0e-4d3c-ca51-1f5c7a3f0b11", WHY_VARIANT, false, false},
    {"8f1b1c52-6c0e-4d3c-8a51-1f5c7a3f0b11", NULL, false, false},
    {"8f1b1c52-6c0e-4d3c-ba51-1f5c7a3f0b11", NULL, false, false},
    // cloud-init's own two examples, with our variant
    {"EC2E1916-9099-7CAF-BD21-012345ABCDEF", WHY_EC2, false, true},
    {"45E12AEC-DCD1-B213-94ED-012345ABCDEF", WHY_EC2, false, true},
    // near misses: 'ec3', 'ec2' one digit later, '2.ec' of another group, '3.ec'
    {"ec3e1916-9099-4caf-bd21-012345abcdef", NULL, false, false},
    {"0ec2e196-9099-4caf-bd21-012345abcdef", NULL, false, false},
    {"45e12a00-2aec-4213-94ed-012345abcdef", NULL, false, false},
    {"45e13aec-dcd1-4213-94ed-012345abcdef", NULL, false, false},
    {"03000200-0400-0500-0006-000700080009", WHY_VENDOR, true, false},
    {"00020003-0004-0005-0006-000700080009", WHY_VENDOR, true, false},
    {"12345678-1234-5678-90AB-CDDEEFAABBCC", WHY_VENDOR, true, false},
    {"78563412-3412-7856-90ab-cddeefaabbcc", WHY_VENDOR, true, false},
    {"01020304-0506-0708-090a-0b0c0d0e0f10", WHY_VENDOR, true, false},
    {"00010203-0405-0607-0809-0a0b0c0d0e0f", WHY_VENDOR, true, false},
    {"01234567-89ab-cdef-0123-456789abcdef", WHY_VENDOR, true, false},
    {"4c4c4544-0000-2010-8020-80c04f202020", WHY_VENDOR, true, false},
    {"44454c4c-0000-1020-8020-80c04f202020", WHY_VENDOR, true, false},
    // a Dell with a service tag
    {"4c4c4544-0042-3510-8052-b3c04f4b4e32", NULL, false, false},
};

static void
test_bad(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].uuid);
        g_assert_cmpstr(ferry_uuid_why_bad(cases[i].uuid), ==, cases[i].why);
        g_assert_true(ferry_uuid_is_placeholder(cases[i].uuid) == cases[i].placeholder);
        g_assert_true(ferry_uuid_is_ec2_like(cases[i].uuid) == cases[i].ec2);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/uuid/parse", test_parse);
    g_test_add_func("/uuid/bytes", test_bytes);
    g_test_add_func("/uuid/swap", test_swap);
    g_test_add_func("/uuid/any-order", test_any_order);
    g_test_add_func("/uuid/bad", test_bad);
    return g_test_run();
}
