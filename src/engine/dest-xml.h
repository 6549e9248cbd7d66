// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The XML that a machine gets on the destination where it is not what it has on the source. Holds secrets: made right
// before libvirt is asked, never stored, logged or shown.

#pragma once

#include "engine/move.h"

typedef struct FerryDestXml {
    char *live;       // NULL: what it has
    char *persistent; // the same
} FerryDestXml;

void ferry_dest_xml_clear(FerryDestXml *xml);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FerryDestXml, ferry_dest_xml_clear)

// @ret_xml: zero-initialised
bool ferry_dest_xml_make(const FerryMove *move, FerryDestXml *ret_xml, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// The same of a baseline, which is redacted: what is expected after the move.
bool ferry_dest_xml_expect(const FerryMove *move, FerryBaseline *baseline, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
