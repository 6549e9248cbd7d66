// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A move's JSON (plan, verdicts, report) as lines for people. Everything that came from outside is escaped.

#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

// The verdicts of event "checks": a summary line, and every verdict that is not ok with its hint.
// @all: those that are ok, too. (transfer full)
char *ferry_report_checks(JsonObject *preflight, bool all);

// The plan of event "plan". (transfer full)
char *ferry_report_plan(JsonObject *event);

// The report, schema move.report/1. (transfer full)
char *ferry_report_format(JsonObject *report);

// The member "verified" of a report: one line a verdict. (transfer full)
char *ferry_report_verdicts(JsonObject *report);
