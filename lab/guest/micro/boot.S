/* SPDX-FileCopyrightText: 2026 The virt-ferry authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

    /* Multiboot 1: magic, flags, checksum. The ELF headers say where to load. */
    .section .multiboot, "a"
    .balign 4
    .long 0x1badb002, 0, -0x1badb002

    .text
    .globl _start
_start:
    mov $stack_top, %esp
    /* The loader's information. */
    push %ebx
    call micro_main
1:  cli
    hlt
    jmp 1b

    /* The timer's interrupt only counts: the work is done outside, with interrupts on. */
    .globl timer_entry
timer_entry:
    push %eax
    incl timer_pending
    mov $0x20, %al
    out %al, $0x20
    pop %eax
    iret

    .bss
    .balign 16
    .skip 8192
stack_top:

    .section .note.GNU-stack, "", @progbits
