// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/cli.h"
#include "inventory/hosts.h"

#define COLUMNS_MIN     20
#define COLUMNS_DEFAULT 80

void
ferry_output_hold_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            // The lowest free number is fd itself. Opened the wrong way round: using it fails.
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

size_t
ferry_output_columns(int fd)
{
    struct winsize size;

    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) < 0)
        return 0;
    // A serial console doesn't know its size and says 0.
    return size.ws_col == 0 ? COLUMNS_DEFAULT : MAX(size.ws_col, COLUMNS_MIN);
}

int
ferry_cli_columns(void)
{
    size_t columns = ferry_output_columns(STDERR_FILENO);

    return columns == 0 ? COLUMNS_DEFAULT : (int)columns;
}

bool
ferry_output_reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

// Characters that would act on a terminal instead of being shown: controls, line separators, and marks
// that turn the direction of writing.
static bool
is_plain(gunichar c)
{
    const unsigned hidden = 1u << G_UNICODE_CONTROL | 1u << G_UNICODE_FORMAT |
                            1u << G_UNICODE_SURROGATE | 1u << G_UNICODE_PRIVATE_USE |
                            1u << G_UNICODE_UNASSIGNED | 1u << G_UNICODE_LINE_SEPARATOR |
                            1u << G_UNICODE_PARAGRAPH_SEPARATOR;

    return (hidden & 1u << g_unichar_type(c)) == 0;
}

static void
append_escaped(GString *to, gunichar c)
{
    if (c == '\n')
        g_string_append(to, "\\n");
    else if (c == '\r')
        g_string_append(to, "\\r");
    else if (c == '\t')
        g_string_append(to, "\\t");
    else if (c < 0x100)
        g_string_append_printf(to, "\\x%02x", c);
    else
        g_string_append_printf(to, "\\u{%x}", c);
}

char *
ferry_cli_escape(const char *text)
{
    GString *safe = g_string_new(NULL);
    const char *p = text;

    while (*p != '\0') {
        gunichar c = g_utf8_get_char_validated(p, -1);

        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(safe, "\\x%02x", (unsigned char)*p);
            p++;
            continue;
        }
        if (is_plain(c))
            g_string_append_unichar(safe, c);
        else
            append_escaped(safe, c);
        p = g_utf8_next_char(p);
    }
    return g_string_free(safe, FALSE);
}

static bool
flush(GError **error)
{
    int saved;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    saved = errno;
    // Told once; the next write tries again.
    clearerr(stdout);
    if (saved == EPIPE)
        return true;
    ferry_error_set(error, FERRY_ERROR_OUTPUT, "cannot write to standard output: %s",
                    g_strerror(saved));
    return false;
}

bool
ferry_cli_print(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stdout, format, args);
    va_end(args);
    return flush(error);
}

bool
ferry_cli_print_json(JsonNode *node, GError **error)
{
    g_autoptr(JsonNode) owned = node;
    g_autofree char *text = ferry_json_format(owned);

    return ferry_cli_print(error, "%s\n", text);
}

void
ferry_cli_note(FerryCli *cli, const char *format, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *safe = NULL;
    va_list args;

    if (cli->json)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    safe = ferry_cli_escape(text);
    fprintf(stderr, "note: %s\n", safe);
}

bool
ferry_cli_confirm(FerryCli *cli, const char *question, GError **error)
{
    g_autofree char *safe = ferry_cli_escape(question);
    char answer[16] = "";

    if (cli->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        ferry_error_set(error, FERRY_ERROR_DECLINED, "cannot ask '%s': no terminal", question);
        ferry_error_add_hint(error, "Run the command with --yes to answer yes beforehand.");
        return false;
    }
    fprintf(stderr, "%s [y/N] ", safe);
    fflush(stderr);
    if (fgets(answer, sizeof answer, stdin) != NULL) {
        g_strstrip(answer);
        if (g_ascii_strcasecmp(answer, "y") == 0 || g_ascii_strcasecmp(answer, "yes") == 0)
            return true;
    } else {
        fputc('\n', stderr);
    }
    ferry_error_set(error, FERRY_ERROR_DECLINED, "nothing was done: the answer was no");
    ferry_error_add_hint(error, "Run the command with --yes to answer yes beforehand.");
    return false;
}

JsonObject *
ferry_output_error_object(const GError *error)
{
    const FerryErrorInfo *info = ferry_error_get_info(error);
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "id", info->id);
    ferry_json_set_string(object, "message", error->message);
    ferry_json_set_string(object, "hint", ferry_error_get_hint(error));
    json_object_set_int_member(object, "exit", info->exit_status);
    return object;
}

static JsonObject *
answer_object(const FerryHostAnswer *answer)
{
    JsonObject *object = json_object_new();

    ferry_json_set_string(object, "name", answer->host->name);
    ferry_json_set_string(object, "uri", answer->host->uri);
    json_object_set_boolean_member(object, "answered", answer->error == NULL);
    if (answer->error != NULL)
        json_object_set_object_member(object, "error", ferry_output_error_object(answer->error));
    return object;
}

JsonArray *
ferry_output_answers(const GPtrArray *answers)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < answers->len; i++)
        json_array_add_object_element(array, answer_object(g_ptr_array_index(answers, i)));
    return array;
}

static void
print_error_json(const GError *error)
{
    JsonObject *object = json_object_new();
    g_autofree char *text = NULL;

    json_object_set_object_member(object, "error", ferry_output_error_object(error));
    text = ferry_json_format_object(object);
    fprintf(stderr, "%s\n", text);
}

void
ferry_cli_print_error(FerryCli *cli, const GError *error)
{
    const char *hint = ferry_error_get_hint(error);
    g_autofree char *message = NULL;

    if (cli->json) {
        print_error_json(error);
        return;
    }
    message = ferry_cli_escape(error->message);
    fprintf(stderr, "virt-ferry: %s\n", message);
    if (hint != NULL) {
        g_autofree char *safe = ferry_cli_escape(hint);

        fprintf(stderr, "hint: %s\n", safe);
    }
}
