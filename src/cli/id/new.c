// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// virt-ferry id new: UUIDs that a machine may have.

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/id-gen.h"
#include "cli/output.h"
#include "identity/generate.h"
#include "identity/key.h"

#define CHUNK 65536 // bytes written at once

// The words of the command line.
typedef struct Options {
    char *kind;
    char *number;
    char *host_id;
    char *space;
    char *name;
    char *subject;
    char *generation;
    char *key_file;
} Options;

static void
options_clear(Options *options)
{
    g_free(options->kind);
    g_free(options->number);
    g_free(options->host_id);
    g_free(options->space);
    g_free(options->name);
    g_free(options->subject);
    g_free(options->generation);
    g_free(options->key_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

// What is asked for. Strings are the options'.
typedef struct Order {
    FerryIdRequest request;
    uint64_t number;
    char *key_id; // v8h
} Order;

static void
order_clear(Order *order)
{
    g_clear_pointer(&order->request.key, g_bytes_unref);
    g_free(order->key_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Order, order_clear)

static bool
set_usage(GError **error, const char *text)
{
    ferry_error_set(error, FERRY_ERROR_USAGE, "cannot run 'id new': %s", text);
    ferry_error_add_hint(error, "Run 'virt-ferry id new --help' to see how it is used.");
    return false;
}

static bool
read_number(const char *option,
            const char *text,
            uint64_t min,
            uint64_t max,
            uint64_t *number,
            GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *whole = NULL;

    if (text == NULL || g_ascii_string_to_unsigned(text, 10, min, max, number, &problem))
        return true;
    whole =
        g_strdup_printf("'%s' of %s is no number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                        text, option, min, max);
    return set_usage(error, whole);
}

// The options of a kind: it needs each but -n, and no other kind has them.
static bool
check_options(const Options *options, FerryIdKind kind, GError **error)
{
    const unsigned named = 1u << FERRY_ID_V5 | 1u << FERRY_ID_V8_SHA256;
    const unsigned keyed = 1u << FERRY_ID_V8H;
    const struct {
        const char *name;
        const char *value;
        unsigned kinds;
        bool needed;
    } rows[] = {
        {"--host-id", options->host_id, 1u << FERRY_ID_V8F1, true},
        {"--namespace", options->space, named, true},
        {"--name", options->name, named, true},
        {"--subject", options->subject, keyed, true},
        {"--gen", options->generation, keyed, true},
        {"--key-file", options->key_file, keyed, true},
        {"-n", options->number, ~(named | keyed), false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool belongs = (rows[i].kinds & 1u << kind) != 0;
        bool given = rows[i].value != NULL;
        g_autofree char *text = NULL;

        if (belongs ? given || !rows[i].needed : !given)
            continue;
        text = g_strdup_printf("kind %s %s %s", ferry_id_kind_name(kind),
                               belongs ? "needs" : "has no", rows[i].name);
        return set_usage(error, text);
    }
    return true;
}

static bool
read_kind(const char *text, FerryIdKind *ret_kind, GError **error)
{
    g_autofree char *whole = NULL;

    *ret_kind = FERRY_ID_V4;
    if (text == NULL || ferry_id_kind_parse(text, ret_kind))
        return true;
    whole = g_strdup_printf("there is no kind '%s'", text);
    return set_usage(error, whole);
}

static bool
read_order(const Options *options, Order *order, GError **error)
{
    FerryIdRequest *request = &order->request;
    uint64_t host_id = 0;
    uint8_t space[FERRY_UUID_SIZE];
    g_autofree char *text = NULL;

    order->number = 1;
    if (!read_kind(options->kind, &request->kind, error) ||
        !check_options(options, request->kind, error) ||
        !read_number("-n", options->number, 1, G_MAXUINT64, &order->number, error) ||
        !read_number("--host-id", options->host_id, 0, G_MAXUINT16, &host_id, error) ||
        !read_number("--gen", options->generation, 0, G_MAXUINT64, &request->generation, error))
        return false;
    if (options->space != NULL && !ferry_uuid_to_bytes(options->space, space)) {
        text = g_strdup_printf("'%s' of --namespace is no UUID", options->space);
        return set_usage(error, text);
    }
    request->host_id = (uint16_t)host_id;
    request->space = options->space;
    request->name = options->name;
    request->subject = options->subject;
    if (options->key_file == NULL)
        return true;
    request->key = ferry_key_load(options->key_file, error);
    if (request->key == NULL)
        return false;
    order->key_id = ferry_key_id(request->key);
    return true;
}

static void
append_json(GString *to, const Order *order, const char *uuid)
{
    JsonObject *object = json_object_new();
    g_autofree char *text = NULL;

    ferry_json_set_string(object, "uuid", uuid);
    ferry_json_set_string(object, "kind", ferry_id_kind_name(order->request.kind));
    ferry_json_set_string(object, "key_id", order->key_id);
    text = ferry_json_format_object(object);
    g_string_append(to, text);
}

// Written as it is made: a million UUIDs need no memory. So the frame is text, around objects that are not.
static bool
print_all(const FerryCli *cli, const Order *order, GError **error)
{
    g_autoptr(GString) out =
        g_string_new(cli->json ? "{\"schema\":\"id.new/1\",\"uuids\":[" : NULL);

    for (uint64_t i = 0; i < order->number; i++) {
        char uuid[FERRY_UUID_LEN + 1];

        if (!ferry_generate(ferry_generator_default(), &order->request, uuid, error))
            return false;
        if (cli->json && i > 0)
            g_string_append_c(out, ',');
        if (cli->json)
            append_json(out, order, uuid);
        else
            g_string_append_printf(out, "%s\n", uuid);
        if (out->len < CHUNK)
            continue;
        if (ferry_output_reader_is_gone())
            return true;
        if (!ferry_cli_print(error, "%s", out->str))
            return false;
        g_string_truncate(out, 0);
    }
    if (cli->json)
        g_string_append(out, "]}\n");
    return ferry_cli_print(error, "%s", out->str);
}

static bool
run(FerryCli *cli, GStrv argv, int *ret_status, GError **error)
{
    g_auto(Options) options = {0};
    g_auto(Order) order = {0};
    g_auto(GStrv) words = NULL;
    bool done = false;
    // clang-format off
    const GOptionEntry entries[] = {
        {"kind", 'k', 0, G_OPTION_ARG_STRING, &options.kind, "v4 (default), v5, v7, v8f1, v8h or v8-sha256", "KIND"},
        {"number", 'n', 0, G_OPTION_ARG_STRING, &options.number, "So many; of v4, v7 and v8f1", "N"},
        {"host-id", 0, 0, G_OPTION_ARG_STRING, &options.host_id, "With v8f1: the number that is this host's alone, 0 to 65535", "N"},
        {"namespace", 0, 0, G_OPTION_ARG_STRING, &options.space, "With v5 and v8-sha256: in which the name means something", "UUID"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &options.name, "With v5 and v8-sha256: the name", "TEXT"},
        {"subject", 0, 0, G_OPTION_ARG_STRING, &options.subject, "With v8h: what the UUID is for", "TEXT"},
        {"gen", 0, 0, G_OPTION_ARG_STRING, &options.generation, "With v8h: the number of the subject's identity", "N"},
        {"key-file", 0, 0, G_OPTION_ARG_FILENAME, &options.key_file, "With v8h: the secret key, 16 bytes or more", "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    // clang-format on

    if (!ferry_cli_parse(cli, &ferry_id_new, argv, entries, 0, 0, &words, &done, error))
        return false;
    if (done)
        return true;
    return read_order(&options, &order, error) && print_all(cli, &order, error);
}

const FerryCommand ferry_id_new = {
    .name = "id new",
    .arguments = "",
    .summary = "UUIDs that a machine may have",
    .description =
        "Makes UUIDs and prints them, one a line. One that no machine should have, such as one that\n"
        "cloud-init takes for AWS, is not among them.",
    .run = run,
};
