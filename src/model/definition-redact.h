// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For the room's own files: ferry_definition_redact() on a document.

#pragma once

#include <libxml/tree.h>

#define FERRY_REDACTED "(removed)"

// Replaces every secret in @doc with FERRY_REDACTED. @xml: the text that @doc was parsed from.
void ferry_definition_redact_doc(xmlDoc *doc, const char *xml);
