/* SPDX-FileCopyrightText: 2026 The virt-ferry authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A guest of a few KiB. At every tick of the timer (100 Hz) it verifies and rewrites its working
 * pages, whose content depends on the number of the tick, so that a page from another moment is
 * found as surely as a torn one; and it verifies one of its still pages, which never change. Told
 * 'stir=N' by its loader it also changes a word in each of N pages, at most 256, at every tick: so
 * much has to be sent again and again.
 * Every tenth tick it prints 'T n bad=m' on COM1: n counts these lines, m the bad pages so far.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_WORDS = 4096 / sizeof(uint32_t),
    WORK_PAGES = 8,
    STILL_PAGES = 256,
    STIR_PAGES = 256,
    TICKS_PER_LINE = 10,
    TIMER_HZ = 100,
    TIMER_VECTOR = 32,
    CODE_SELECTOR = 8,
    DATA_SELECTOR = 16,
    COM1 = 0x3f8,
    BOOT_HAS_COMMAND_LINE = 1 << 2,
};

/* The head of multiboot's information. */
typedef struct {
    uint32_t flags;
    uint32_t memory[2];
    uint32_t device;
    const char *command_line;
} BootInfo;

typedef struct {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t type;
    uint16_t offset_high;
} Gate;

typedef struct __attribute__((packed)) {
    uint16_t limit;
    const void *base;
} TableRegister;

typedef struct {
    uint8_t type;
    uint8_t length;
    uint16_t handle;
} SmbiosHeader;

void micro_main(const BootInfo *boot);
void timer_entry(void);

volatile uint32_t timer_pending;

static _Alignas(4096) uint32_t work[WORK_PAGES][PAGE_WORDS];
static _Alignas(4096) uint32_t still[STILL_PAGES][PAGE_WORDS];
static _Alignas(4096) uint32_t stir[STIR_PAGES][PAGE_WORDS];
static Gate gates[TIMER_VECTOR + 1];
static const uint64_t segments[] = {0, 0x00cf9a000000ffff, 0x00cf92000000ffff};

static void
port_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t
port_read(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void
print(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((port_read(COM1 + 5) & 0x20) == 0)
            ;
        port_write(COM1, (uint8_t)*text);
    }
}

static void
print_number(uint32_t number)
{
    char digits[11] = "";
    size_t i = sizeof(digits) - 1;

    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    print(digits + i);
}

static void
print_byte(uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    const char digits[] = {hex[byte >> 4], hex[byte & 15], '\0'};

    print(digits);
}

/* SMBIOS keeps the first three fields of a UUID in little endian order. */
static void
print_uuid(const uint8_t *uuid)
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

    print("UUID ");
    for (size_t i = 0; i < sizeof(order); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            print("-");
        print_byte(uuid[order[i]]);
    }
    print("\n");
}

static const uint8_t *
smbios_table(void)
{
    for (const uint8_t *entry = (const uint8_t *)0xf0000; entry < (const uint8_t *)0x100000;
         entry += 16) {
        if (entry[0] != '_' || entry[1] != 'S' || entry[2] != 'M')
            continue;
        if (entry[3] == '_')
            return *(const uint8_t *const *)(entry + 0x18);
        if (entry[3] == '3' && entry[4] == '_')
            return *(const uint8_t *const *)(entry + 0x10);
    }
    return NULL;
}

static void
report_uuid(void)
{
    const uint8_t *at = smbios_table();

    while (at != NULL) {
        const SmbiosHeader *header = (const SmbiosHeader *)at;

        if (header->type == 1)
            print_uuid(at + 8);
        if (header->type == 1 || header->type == 127)
            return;
        /* A structure's strings follow it and end with two zero bytes. */
        for (at += header->length; at[0] != 0 || at[1] != 0; at++)
            ;
        at += 2;
    }
}

static uint32_t
mix(uint32_t page, uint32_t tick)
{
    uint32_t x = (tick + 1) * 0x9e3779b1u ^ (page + 1) * 0x85ebca6bu;

    x ^= x >> 15;
    x *= 0x2c1b3c6du;
    return x ^ x >> 12;
}

static void
fill(uint32_t *page, uint32_t word)
{
    for (size_t i = 0; i < PAGE_WORDS; i++, word += 0x9e3779b1u)
        page[i] = word;
}

static bool
is_filled(const uint32_t *page, uint32_t word)
{
    for (size_t i = 0; i < PAGE_WORDS; i++, word += 0x9e3779b1u)
        if (page[i] != word)
            return false;
    return true;
}

static void
load_tables(void)
{
    const TableRegister gdt = {sizeof(segments) - 1, segments};
    const TableRegister idt = {sizeof(gates) - 1, gates};
    uintptr_t entry = (uintptr_t)timer_entry;

    gates[TIMER_VECTOR] = (Gate){(uint16_t)entry, CODE_SELECTOR, 0x8e00, (uint16_t)(entry >> 16)};
    __asm__ volatile("lgdt %0\n\t"
                     "ljmp %2, $1f\n\t"
                     "1: mov %3, %%ds\n\t"
                     "mov %3, %%es\n\t"
                     "mov %3, %%ss\n\t"
                     "lidt %1"
                     :
                     : "m"(gdt), "m"(idt), "i"(CODE_SELECTOR), "r"(DATA_SELECTOR)
                     : "memory");
}

static void
start_timer(void)
{
    static const struct {
        uint8_t port;
        uint8_t value;
    } setup[] = {
        /* Both interrupt controllers: vectors 32..47, and only the timer may interrupt. */
        {0x20, 0x11},
        {0x21, TIMER_VECTOR},
        {0x21, 4},
        {0x21, 1},
        {0xa0, 0x11},
        {0xa1, TIMER_VECTOR + 8},
        {0xa1, 2},
        {0xa1, 1},
        {0x21, 0xfe},
        {0xa1, 0xff},
        /* Counter 0 of the timer, rate generator. */
        {0x43, 0x34},
        {0x40, (1193182 / TIMER_HZ) & 0xff},
        {0x40, (1193182 / TIMER_HZ) >> 8},
    };

    for (size_t i = 0; i < sizeof(setup) / sizeof(setup[0]); i++)
        port_write(setup[i].port, setup[i].value);
}

/*
 * QEMU's TCG empties its TLB when the bit WP of CR0 changes, which means nothing to this guest.
 * Before QEMU 9.0 it loses writes through entries that are older than a migration's last look at
 * the dirty bits (see ../README.md); nearly always that look comes while the guest sleeps.
 */
static void
empty_tlb(void)
{
    uint32_t cr0;

    __asm__ volatile("mov %%cr0, %0; xor $0x10000, %0; mov %0, %%cr0" : "=r"(cr0));
}

/* Interrupts go on only together with hlt: a tick between the test and hlt would be slept over. */
static void
wait_tick(void)
{
    empty_tlb();
    __asm__ volatile("cli");
    while (timer_pending == 0)
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    timer_pending--;
    __asm__ volatile("sti");
}

/* The number after 'stir=' on the command line. */
static uint32_t
count_to_stir(const BootInfo *boot)
{
    static const char key[] = "stir=";
    const char *at = (boot->flags & BOOT_HAS_COMMAND_LINE) != 0 ? boot->command_line : "";
    uint32_t count = 0;
    size_t i = 0;

    for (; *at != '\0' && key[i] != '\0'; at++)
        i = *at == key[i] ? i + 1 : 0;
    for (; *at >= '0' && *at <= '9' && count < STIR_PAGES; at++)
        count = count * 10 + (uint32_t)(*at - '0');
    return count < STIR_PAGES ? count : STIR_PAGES;
}

static uint32_t
do_tick(uint32_t tick, uint32_t stir_pages)
{
    uint32_t bad = 0;

    for (uint32_t page = 0; page < stir_pages; page++) {
        bad += stir[page][0] != tick - 1;
        stir[page][0] = tick;
    }

    for (uint32_t page = 0; page < WORK_PAGES; page++) {
        bad += !is_filled(work[page], mix(page, tick - 1));
        fill(work[page], mix(page, tick));
    }
    return bad + !is_filled(still[tick % STILL_PAGES], mix(WORK_PAGES + tick % STILL_PAGES, 0));
}

void
micro_main(const BootInfo *boot)
{
    const uint32_t stir_pages = count_to_stir(boot);
    uint32_t bad = 0;

    report_uuid();
    for (uint32_t page = 0; page < WORK_PAGES; page++)
        fill(work[page], mix(page, 0));
    for (uint32_t page = 0; page < STILL_PAGES; page++)
        fill(still[page], mix(WORK_PAGES + page, 0));
    load_tables();
    start_timer();
    print("READY\n");
    for (uint32_t tick = 1;; tick++) {
        wait_tick();
        bad += do_tick(tick, stir_pages);
        if (tick % TICKS_PER_LINE == 0) {
            print("T ");
            print_number(tick / TICKS_PER_LINE);
            print(" bad=");
            print_number(bad);
            print("\n");
        }
    }
}
