// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "model/uuid.h"

#include <glib.h>
#include <string.h>

#define UUID_DIGITS 32

static bool
is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool
ferry_uuid_parse(const char *text, char ret_uuid[FERRY_UUID_LEN + 1])
{
    char uuid[FERRY_UUID_LEN + 1] = {0};
    size_t length = strlen(text);

    if (length != FERRY_UUID_LEN && length != UUID_DIGITS)
        return false;
    for (size_t i = 0; i < FERRY_UUID_LEN; i++) {
        if (is_dash_place(i)) {
            uuid[i] = '-';
            if (length == FERRY_UUID_LEN && *text++ != '-')
                return false;
            continue;
        }
        if (!g_ascii_isxdigit(*text))
            return false;
        uuid[i] = g_ascii_tolower(*text++);
    }
    memcpy(ret_uuid, uuid, sizeof uuid);
    return true;
}

bool
ferry_uuid_to_bytes(const char *text, uint8_t ret_bytes[FERRY_UUID_SIZE])
{
    char uuid[FERRY_UUID_LEN + 1];
    size_t n = 0;

    if (!ferry_uuid_parse(text, uuid))
        return false;
    for (size_t i = 0; i < FERRY_UUID_LEN; i += 2) {
        if (is_dash_place(i))
            i++;
        ret_bytes[n++] =
            (uint8_t)(g_ascii_xdigit_value(uuid[i]) << 4 | g_ascii_xdigit_value(uuid[i + 1]));
    }
    return true;
}

void
ferry_uuid_format(const uint8_t bytes[FERRY_UUID_SIZE], char ret_uuid[FERRY_UUID_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    char *to = ret_uuid;

    for (size_t i = 0; i < FERRY_UUID_SIZE; i++) {
        if (is_dash_place((size_t)(to - ret_uuid)))
            *to++ = '-';
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 0xf];
    }
    *to = '\0';
}

static void
swap_bytes(const uint8_t bytes[FERRY_UUID_SIZE], uint8_t ret_bytes[FERRY_UUID_SIZE])
{
    static const uint8_t order[FERRY_UUID_SIZE] = {3, 2, 1,  0,  5,  4,  7,  6,
                                                   8, 9, 10, 11, 12, 13, 14, 15};

    for (size_t i = 0; i < FERRY_UUID_SIZE; i++)
        ret_bytes[i] = bytes[order[i]];
}

bool
ferry_uuid_swap(const char *text, char ret_uuid[FERRY_UUID_LEN + 1])
{
    uint8_t bytes[FERRY_UUID_SIZE];
    uint8_t swapped[FERRY_UUID_SIZE];

    if (!ferry_uuid_to_bytes(text, bytes))
        return false;
    swap_bytes(bytes, swapped);
    ferry_uuid_format(swapped, ret_uuid);
    return true;
}

bool
ferry_uuid_equal_any_order(const char *a, const char *b)
{
    uint8_t bytes[FERRY_UUID_SIZE];
    uint8_t other[FERRY_UUID_SIZE];
    uint8_t swapped[FERRY_UUID_SIZE];

    if (!ferry_uuid_to_bytes(a, bytes) || !ferry_uuid_to_bytes(b, other))
        return false;
    swap_bytes(other, swapped);
    return memcmp(bytes, other, sizeof other) == 0 || memcmp(bytes, swapped, sizeof swapped) == 0;
}

static bool
is_one_byte(const uint8_t bytes[FERRY_UUID_SIZE])
{
    return memcmp(bytes, bytes + 1, FERRY_UUID_SIZE - 1) == 0;
}

static uint32_t
first_group(const uint8_t bytes[FERRY_UUID_SIZE])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// Known by the first group, as vendors vary the rest: a random UUID hits one of them once in 400 million.
static bool
is_vendor_default(const uint8_t bytes[FERRY_UUID_SIZE])
{
    static const uint32_t groups[] = {
        0x03000200, // 03000200-0400-0500-0006-000700080009: AMI's, on boards of many makers
        0x12345678, // 12345678-1234-5678-90ab-cddeefaabbcc and others
        0x01020304, // 01020304-0506-0708-090a-0b0c0d0e0f10
        0x00010203, // 00010203-0405-0607-0809-0a0b0c0d0e0f
        0x01234567, // 01234567-89ab-cdef-0123-456789abcdef
    };
    // Dell writes "DELL" and the service tag: this one is of a board without a tag
    static const uint8_t dell[FERRY_UUID_SIZE] = {0x4c, 0x4c, 0x45, 0x44, 0x00, 0x00, 0x20, 0x10,
                                                  0x80, 0x20, 0x80, 0xc0, 0x4f, 0x20, 0x20, 0x20};

    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        if (first_group(bytes) == groups[i])
            return true;
    return memcmp(bytes, dell, sizeof dell) == 0;
}

static bool
is_vendor_default_any_order(const uint8_t bytes[FERRY_UUID_SIZE])
{
    uint8_t swapped[FERRY_UUID_SIZE];

    swap_bytes(bytes, swapped);
    return is_vendor_default(bytes) || is_vendor_default(swapped);
}

bool
ferry_uuid_is_placeholder(const char *text)
{
    uint8_t bytes[FERRY_UUID_SIZE];

    return ferry_uuid_to_bytes(text, bytes) &&
           (is_one_byte(bytes) || is_vendor_default_any_order(bytes));
}

// cloud-init's identify_aws() (cloudinit/sources/DataSourceEc2.py): the product UUID begins with "ec2" as it
// stands or with its first fields turned round. The tool ds-identify asks for the serial, too.
static bool
is_ec2_like(const uint8_t bytes[FERRY_UUID_SIZE])
{
    return (bytes[0] == 0xec && bytes[1] >> 4 == 0x2) || (bytes[3] == 0xec && bytes[2] >> 4 == 0x2);
}

bool
ferry_uuid_is_ec2_like(const char *text)
{
    uint8_t bytes[FERRY_UUID_SIZE];

    return ferry_uuid_to_bytes(text, bytes) && is_ec2_like(bytes);
}

const char *
ferry_uuid_why_bad(const char *text)
{
    uint8_t bytes[FERRY_UUID_SIZE];

    if (!ferry_uuid_to_bytes(text, bytes))
        return "is no UUID";
    if (is_one_byte(bytes) && bytes[0] == 0x00)
        return "is the nil UUID";
    if (is_one_byte(bytes) && bytes[0] == 0xff)
        return "is the UUID of all ones";
    if (is_one_byte(bytes))
        return "is one byte sixteen times";
    if (is_vendor_default_any_order(bytes))
        return "is a placeholder that boards without a UUID of their own show";
    if (bytes[8] >> 6 != 2)
        return "is not of the variant of RFC 9562 (its fourth group begins with none of 8, 9, a, b)";
    if (is_ec2_like(bytes))
        return "makes cloud-init take the machine for one of AWS (it begins with 'ec2' in one byte order)";
    return NULL;
}
