// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the reader of a guest's disks answered, which a guest may have taken over.

#include "fuzz.h"

#include "identity/disk/answer.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_text(data, size);
    g_autoptr(FerryGuestFacts) facts = ferry_guest_facts_new("disk", "nobody looked");
    bool understood = ferry_disk_answer_parse(text, facts);

    for (unsigned i = 0; i < FERRY_GUEST_FIELD_LAST; i++) {
        const FerryGuestValue *value = &facts->fields[i];

        g_assert_true(value->value == NULL || value->unknown == NULL);
        g_assert_true(understood || value->unknown != NULL);
        g_assert_true(value->value == NULL || g_utf8_validate(value->value, -1, NULL));
        g_assert_true(value->link == NULL || g_utf8_validate(value->link, -1, NULL));
    }
    for (unsigned i = 0; i < facts->volumes->len; i++) {
        const FerryGuestVolume *volume = g_ptr_array_index(facts->volumes, i);

        g_assert_nonnull(volume->name);
        g_assert_true(g_utf8_validate(volume->name, -1, NULL));
    }
    return 0;
}
