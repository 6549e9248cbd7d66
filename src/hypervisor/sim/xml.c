// SPDX-FileCopyrightText: 2026 The virt-ferry authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Domain and capabilities XML as libvirt writes it, as far as anybody here looks at it.

#include "hypervisor/sim/images.h"

const char *
ferry_sim_path_format(const char *path)
{
    return g_str_has_prefix(path, "/dev/") ? "raw" : "qcow2";
}

static void
append_disks(GString *xml, const FerrySimInstance *instance)
{
    const char *const *disks = ferry_sim_instance_disks(instance);
    g_autofree char *cache = g_markup_escape_text(instance->machine->cache, -1);

    for (unsigned i = 0; disks != NULL && disks[i] != NULL; i++) {
        const FerrySimImage *image = ferry_sim_image_find(instance->host, disks[i]);
        bool block = g_str_has_prefix(disks[i], "/dev/");
        g_autofree char *path = g_markup_escape_text(disks[i], -1);

        g_string_append_printf(xml,
                               "    <disk type='%s' device='disk'>\n"
                               "      <driver name='qemu' type='%s' cache='%s'/>\n"
                               "      <source %s='%s'/>\n"
                               "      <target dev='vd%c' bus='virtio'/>\n"
                               "    </disk>\n",
                               block ? "block" : "file",
                               image != NULL ? image->format : ferry_sim_path_format(disks[i]),
                               cache, block ? "dev" : "file", path, 'a' + (int)(i % 26));
    }
}

// What a world's file says in XML itself.
static void
append_raw(GString *xml, const char *raw)
{
    if (raw != NULL)
        g_string_append_printf(xml, "%s\n", raw);
}

static void
append_devices(GString *xml, const FerrySimInstance *instance)
{
    const FerrySimMachine *machine = instance->machine;
    g_autofree char *network = g_markup_escape_text(machine->network, -1);
    unsigned hash = g_str_hash(machine->uuid);

    g_string_append(xml, "  <devices>\n    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n");
    append_disks(xml, instance);
    g_string_append_printf(xml,
                           "    <interface type='network'>\n"
                           "      <mac address='52:54:00:%02x:%02x:%02x'/>\n"
                           "      <source network='%s'/>\n"
                           "      <model type='virtio'/>\n"
                           "    </interface>\n",
                           hash & 0xff, hash >> 8 & 0xff, hash >> 16 & 0xff, network);
    if (machine->agent)
        g_string_append(xml, "    <channel type='unix'>\n"
                             "      <target type='virtio' name='org.qemu.guest_agent.0'/>\n"
                             "    </channel>\n");
    append_raw(xml, machine->devices);
    g_string_append(xml, "  </devices>\n");
}

char *
ferry_sim_xml_domain(const FerrySimInstance *instance, FerryXmlKind kind)
{
    const FerrySimMachine *machine = instance->machine;
    g_autofree char *name = g_markup_escape_text(instance->name, -1);
    GString *xml = g_string_sized_new(2048);

    g_string_append_printf(xml,
                           "<domain type='kvm'>\n"
                           "  <name>%s</name>\n"
                           "  <uuid>%s</uuid>\n"
                           "  <memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>\n"
                           "  <currentMemory unit='KiB'>%" G_GUINT64_FORMAT "</currentMemory>\n"
                           "  <vcpu placement='static'>%u</vcpu>\n"
                           "  <os>\n"
                           "    <type arch='x86_64' machine='%s'>hvm</type>\n"
                           "  </os>\n"
                           "  <cpu mode='custom' match='exact' check='full'>\n"
                           "    <model fallback='forbid'>qemu64</model>\n"
                           "    <feature policy='require' name='x2apic'/>\n"
                           "  </cpu>\n",
                           name, machine->uuid, machine->memory_kib, machine->memory_kib,
                           machine->vcpus, machine->machine_type);
    append_raw(xml, machine->extra);
    append_devices(xml, instance);
    g_string_append(xml, "</domain>\n");
    return g_string_free(xml, FALSE);
}

char *
ferry_sim_xml_caps(const FerrySimHost *host, const FerryMachineType *type)
{
    g_autofree char *machine =
        g_markup_escape_text(type->machine != NULL ? type->machine : host->machine_types[0], -1);
    g_autofree char *arch = g_markup_escape_text(type->arch != NULL ? type->arch : "x86_64", -1);

    return g_strdup_printf("<domainCapabilities>\n"
                           "  <path>/usr/bin/qemu-system-x86_64</path>\n"
                           "  <domain>%s</domain>\n"
                           "  <machine>%s</machine>\n"
                           "  <arch>%s</arch>\n"
                           "  <vcpu max='288'/>\n"
                           "  <os supported='yes'>\n"
                           "    <enum name='firmware'>\n"
                           "      <value>efi</value>\n"
                           "    </enum>\n"
                           "    <loader supported='yes'>\n"
                           "      <value>/usr/share/OVMF/OVMF_CODE_4M.fd</value>\n"
                           "      <value>/usr/share/OVMF/OVMF_CODE_4M.ms.fd</value>\n"
                           "      <enum name='type'>\n"
                           "        <value>rom</value>\n"
                           "        <value>pflash</value>\n"
                           "      </enum>\n"
                           "    </loader>\n"
                           "  </os>\n"
                           "  <cpu>\n"
                           "    <mode name='host-model' supported='yes'>\n"
                           "      <model fallback='forbid'>EPYC-Rome</model>\n"
                           "      <vendor>AMD</vendor>\n"
                           "      <feature policy='require' name='x2apic'/>\n"
                           "    </mode>\n"
                           "  </cpu>\n"
                           "  <devices>\n"
                           "    <tpm supported='yes'>\n"
                           "      <enum name='model'>\n"
                           "        <value>tpm-tis</value>\n"
                           "        <value>tpm-crb</value>\n"
                           "      </enum>\n"
                           "      <enum name='backendModel'>\n"
                           "        <value>emulator</value>\n"
                           "      </enum>\n"
                           "    </tpm>\n"
                           "  </devices>\n"
                           "</domainCapabilities>\n",
                           type->virt_type != NULL ? type->virt_type : "kvm", machine, arch);
}
