// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// libxml2 with GLib's manners: XML texts of hosts and operators read safely. No network, no document
// type (and so no entities), no messages on stderr. Threads: each document belongs to one.

#pragma once

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stdint.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

// @what: what error texts call the document: "domain XML". @root: what its root element must be named.
// Returns: the document; NULL with FERRY_ERROR_FAILED that tells the line. (transfer full)
xmlDoc *ferry_xml_parse(const char *text, const char *what, const char *root, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

// Returns: @node and what is in it as text. (transfer full)
char *ferry_xml_format(xmlNode *node);

bool ferry_xml_is(const xmlNode *node, const char *name);

// Returns: the first element @name in @node, or NULL; NULL where @node is NULL, so that calls nest
xmlNode *ferry_xml_child(const xmlNode *node, const char *name);

// Returns: the next element @name after @node among its siblings, or NULL
xmlNode *ferry_xml_next(const xmlNode *node, const char *name);

// Returns: attribute @name; NULL where @node is NULL or has none. (transfer full)
char *ferry_xml_attribute(const xmlNode *node, const char *name);

// @value: NULL asks whether there is no such attribute
bool ferry_xml_attribute_is(const xmlNode *node, const char *name, const char *value);

// Returns: the text in @node as it stands, white space and all; NULL where @node is NULL. (transfer full)
char *ferry_xml_text(const xmlNode *node);

// Returns: the text in @node without white space at its ends; NULL where it is empty or @node is NULL.
// (transfer full)
char *ferry_xml_word(const xmlNode *node);

// Returns: attribute @name as a decimal number; 0 where there is none or it is no number up to @max
uint64_t ferry_xml_number(const xmlNode *node, const char *name, uint64_t max);

// A size with the unit that @node's attribute 'unit' gives, as virScaleInteger() reads it: a letter alone or
// with "iB" is a power of 1024, with "B" a power of 1000.
// @name: the attribute that holds the number; NULL: it is the text of @node. @preset: bytes of a unit where
// none is given.
// Returns: bytes, the greatest number where they are more; 0 where @node is NULL or gives no size
uint64_t ferry_xml_bytes(const xmlNode *node, const char *name, uint64_t preset);
