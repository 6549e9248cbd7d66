// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "base/json.h"
#include "cli/commands-gen.h"
#include "config-gen.h"

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_auto(GStrv) words = NULL;
    JsonObject *object;
    bool done = false;

    if (!ferry_cli_parse(cli, &ferry_command_version, argv, NULL, 0, 0, &words, &done, error))
        return false;
    if (done)
        return true;
    if (!cli->json)
        return ferry_cli_print(error, "virt-ferry %s\n", FERRY_VERSION);
    object = json_object_new();
    ferry_json_set_string(object, "schema", "version/1");
    ferry_json_set_string(object, "version", FERRY_VERSION);
    return ferry_cli_print_json(ferry_json_node(object), error);
}

const FerryCommand ferry_command_version = {
    .name = "version",
    .summary = "Show the version of virt-ferry",
    .run = run,
};
