// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For the room's own files: the <devices> of a domain XML.

#pragma once

#include <libxml/tree.h>

#include "model/definition.h"

// Fills what @definition says of devices. @devices: NULL where the XML has none; the arrays are made all
// the same.
void ferry_definition_parse_devices(FerryDefinition *definition, const xmlNode *devices);

// Frees what ferry_definition_parse_devices() filled.
void ferry_definition_clear_devices(FerryDefinition *definition);

// Of one <hostdev>. (transfer full)
FerryHostdev *ferry_definition_parse_hostdev(const xmlNode *node);
void ferry_definition_free_hostdev(gpointer hostdev);

// Returns: the PCI address in @source as "0000:06:00.0"; NULL where it has none. (transfer full)
char *ferry_definition_format_pci(const xmlNode *source);
