// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "verify/identity.h"

#include <string.h>

#include "identity/identity-layer.h"

// What is read of one end.
typedef struct End {
    FerryIdentityHost *host; // owns the machine
    const FerryIdentityMachine *machine;
    GPtrArray *values; // FerryIdentityValue
} End;

static FerryIdentityXml *
parse(const char *xml)
{
    return xml != NULL ? ferry_identity_xml_parse(xml, NULL) : NULL;
}

static void
end_init(End *end, const char *uuid, const FerryIdentitySides *sides)
{
    FerryVm vm = {.name = (char *)""};
    FerryIdentityMachine *machine;

    g_strlcpy(vm.uuid, uuid, sizeof vm.uuid);
    end->host = ferry_identity_host_new("", "");
    machine = ferry_identity_host_add(end->host, &vm);
    machine->live = parse(sides->live_xml);
    machine->persistent = parse(sides->persistent_xml);
    end->machine = machine;
    end->values = ferry_identity_read(machine, FERRY_GROUP_HYPER);
}

static void
end_clear(End *end)
{
    g_ptr_array_unref(end->values);
    ferry_identity_host_free(end->host);
}

static const FerryIdentityValue *
find(const End *end, const FerryIdentityValue *like)
{
    for (unsigned i = 0; i < end->values->len; i++) {
        const FerryIdentityValue *value = end->values->pdata[i];

        if (value->layer == like->layer && g_strcmp0(value->object, like->object) == 0)
            return value;
    }
    return NULL;
}

static const char *
or_none(const char *text)
{
    return text != NULL ? text : "none";
}

// Returns: false where they differ, which @ret then says
static bool
is_kept(const FerryIdentityValue *value, const char *was, const char *is, FerryVerdict *ret)
{
    if (g_strcmp0(was, is) == 0)
        return true;
    ferry_verdict_set(ret, FERRY_VERDICT_WARN, "%s%s%s was '%s' and is '%s' now", value->layer->id,
                      value->object != NULL ? " of " : "",
                      value->object != NULL ? value->object : "", or_none(was), or_none(is));
    return false;
}

// Each value of @these beside the same of @those; sides that one end does not show are left out.
// @turned: @these are those of afterwards
static bool
are_kept(const End *these, const End *those, bool turned, unsigned *ret_n, FerryVerdict *ret)
{
    bool live = these->machine->live != NULL && those->machine->live != NULL;
    bool persistent = these->machine->persistent != NULL && those->machine->persistent != NULL;

    for (unsigned i = 0; i < these->values->len; i++) {
        const FerryIdentityValue *value = these->values->pdata[i];
        const FerryIdentityValue *other = find(those, value);
        const FerryIdentityValue none = {0};
        const FerryIdentityValue *was = turned ? other : value;
        const FerryIdentityValue *is = turned ? value : other;

        // what no XML shows, as the host's own UUID, is none of these
        if (value->live == NULL && value->persistent == NULL)
            continue;
        was = was != NULL ? was : &none;
        is = is != NULL ? is : &none;
        if ((live && !is_kept(value, was->live, is->live, ret)) ||
            (persistent && !is_kept(value, was->persistent, is->persistent, ret)))
            return false;
        (*ret_n)++;
    }
    return live || persistent;
}

void
ferry_verify_identity(const char *uuid,
                      const FerryIdentitySides *before,
                      const FerryIdentitySides *after,
                      FerryVerdict *ret)
{
    End was = {0};
    End is = {0};
    unsigned n = 0;
    unsigned again = 0;

    end_init(&was, uuid, before);
    end_init(&is, uuid, after);
    ferry_verdict_set(ret, FERRY_VERDICT_UNKNOWN, "no XML of both ends can be compared");
    if (are_kept(&was, &is, false, &n, ret) && are_kept(&is, &was, true, &again, ret))
        ferry_verdict_set(ret, FERRY_VERDICT_OK, "all %u values as before", n);
    end_clear(&was);
    end_clear(&is);
}
