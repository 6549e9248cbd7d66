// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For those who write a layer: one file in layers/ that exports one `const FerryIdentityLayer ferry_layer_NAME`, and its
// name in layers/meson.build. A layer is a pure function over facts: no I/O, no clock, no state. What is not known it
// says as unknown, with the reason; it never guesses.

#pragma once

#include "identity/identity.h"

struct FerryIdentityLayer {
    const char *id;      // stable: "hyper.genid"
    const char *summary; // what it is, and who goes by it; one line, lower case, no full stop
    FerryIdentityGroup group;
    FerryIdentityWindow window;
    const char *clone; // what a copy of the machine should have: "new", "copy", "drop" ...
    // Appends what the machine has of it; nothing where it has none and needs none.
    void (*read)(const FerryIdentityLayer *layer,
                 const FerryIdentityMachine *machine,
                 GPtrArray *values);
};

// Appends a value of @layer with source "libvirt" and status OK. Owned by @values.
FerryIdentityValue *ferry_identity_add(GPtrArray *values,
                                       const FerryIdentityLayer *layer,
                                       const char *object);

// Sets the status, and the reason made of @format.
void ferry_identity_set_status(FerryIdentityValue *value,
                               FerryIdentityStatus status,
                               const char *format,
                               ...) G_GNUC_PRINTF(3, 4);

// Reads what @get says of the live XML and of the definition into one value; MISMATCH where the machine has both and
// they differ. Where neither XML is known the value is unknown; where both have none there is no value.
// Returns: the value, owned by @values, or NULL
FerryIdentityValue *ferry_identity_add_text(GPtrArray *values,
                                            const FerryIdentityLayer *layer,
                                            const FerryIdentityMachine *machine,
                                            const char *(*get)(const FerryIdentityXml *xml));

// The same for a part of every device of a list, paired by name.
// @list: offset of the GPtrArray in FerryIdentityXml; @part: offset of the char * in FerryIdentityDevice
void ferry_identity_add_devices(GPtrArray *values,
                                const FerryIdentityLayer *layer,
                                const FerryIdentityMachine *machine,
                                size_t list,
                                size_t part);

// One field of the guest: a value where it has one, unknown where it could not be read; nothing where nobody looked.
// @object: as in FerryIdentityValue. Returns: the value, owned by @values, or NULL
FerryIdentityValue *ferry_identity_add_guest(GPtrArray *values,
                                             const FerryIdentityLayer *layer,
                                             const FerryIdentityMachine *machine,
                                             FerryGuestField field,
                                             const char *object);

// What <sysinfo> says is idle unless the machine's SMBIOS is told to show it. @value: NULL does nothing
void ferry_identity_judge_sysinfo(FerryIdentityValue *value, const FerryIdentityMachine *machine);
