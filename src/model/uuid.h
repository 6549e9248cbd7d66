// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// UUIDs as text and as bytes (RFC 9562), and which of them no machine should have. Pure.
//
// SMBIOS keeps the first three fields with their lowest byte first. Firmware, kernels and inventories do not
// agree on who turns them round, so one machine is met under two texts: compare with
// ferry_uuid_equal_any_order() whatever did not come from libvirt.

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FERRY_UUID_LEN  36 // text form, without the closing NUL
#define FERRY_UUID_SIZE 16 // binary form

// A machine's UUID in libvirt's text form; accepts upper case and writes lower case.
// Returns: false when @text is no UUID; @ret_uuid untouched then
bool ferry_uuid_parse(const char *text, char ret_uuid[FERRY_UUID_LEN + 1]);

// As ferry_uuid_parse(), to bytes in the order of the text.
bool ferry_uuid_to_bytes(const char *text, uint8_t ret_bytes[FERRY_UUID_SIZE]);

// The text of 16 bytes, in lower case.
void ferry_uuid_format(const uint8_t bytes[FERRY_UUID_SIZE], char ret_uuid[FERRY_UUID_LEN + 1]);

// The same UUID with the bytes of its first three fields turned round; twice is the first again.
// Returns: false when @text is no UUID; @ret_uuid untouched then
bool ferry_uuid_swap(const char *text, char ret_uuid[FERRY_UUID_LEN + 1]);

// Are they one UUID, whichever byte order and form of text each was written in? False where one is no UUID.
bool ferry_uuid_equal_any_order(const char *a, const char *b);

// Why no machine should have this UUID, although libvirt accepts it: it is nil, all ones, one byte sixteen
// times, of another variant than RFC 9562's, what a board's vendor left in place of one, or such that
// cloud-init in the guest takes the machine for one of AWS.
// Returns: the reason, static, to stand after "it": "is the nil UUID"; NULL where it is good
const char *ferry_uuid_why_bad(const char *text);

// Is it what a vendor or a firmware without a UUID shows: nil, all ones, one byte sixteen times, or one of the
// well known defaults, in either byte order? Many computers have it, so it tells none of them apart. False
// where @text is no UUID.
bool ferry_uuid_is_placeholder(const char *text);

// Does cloud-init take a machine with this UUID for one of AWS? False where @text is no UUID.
bool ferry_uuid_is_ec2_like(const char *text);
