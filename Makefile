# SPDX-FileCopyrightText: 2026 The virt-ferry authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The front door. Each target installs what it needs with apt-get when something is missing, and says so.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=

help:
	@sed -n 's/^## //p' Makefile

## make demo         two hosts, a loaded guest, one move: built and shown
demo:
	@tools/install-packages build lab
	@BUILD=$(BUILD) tools/build
	@VIRT_FERRY=$(abspath $(BUILD))/src/virt-ferry lab/demo

## make check        both compilers, lint, unit, sim, cli, meta, a part of the lab (<= 15 min)
check:
	@tools/install-packages build lab test
	@BUILD=$(BUILD) tools/check quick

## make check-full   sanitizers, the whole lab, fuzz corpora (<= 30 min)
check-full:
	@tools/install-packages build lab test
	@BUILD=$(BUILD) tools/check full

## make lab-matrix   every fault in every phase of a move, with virsh and with virt-ferry: an hour; goes on where it was
lab-matrix:
	@tools/install-packages build lab
	@BUILD=$(BUILD) tools/build
	@status=0; VIRT_FERRY=$(abspath $(BUILD))/src/virt-ferry tests/matrix/matrix.py $(ARGS) || status=$$?; \
	    tests/matrix/matrix.py --report $(ARGS) && exit $$status

## make bench NAME=… one benchmark, its figures as JSON in the last line; no NAME lists them
bench:
	@tools/install-packages build lab
	@BUILD=$(BUILD) tools/build
	@VIRT_FERRY=$(abspath $(BUILD))/src/virt-ferry bench/run $(NAME) $(ARGS)

## make lab-up       two hosts on this machine (make lab-up ARGS='--hosts 3')
lab-up:
	@tools/install-packages lab
	@lab/lab up $(ARGS)

## make lab-down     ends them, and everything they left
lab-down:
	@lab/lab down

## make install      program, manual, completion and systemd units (PREFIX, DESTDIR)
install:
	@tools/install-packages build
	@BUILD=$(BUILD)/install tools/build --prefix=$(PREFIX) -Dtests=false --buildtype=release
	@meson install -C $(BUILD)/install --no-rebuild --quiet $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

## make clean        removes what was built
clean:
	@rm -rf $(BUILD)

.PHONY: help demo check check-full lab-matrix bench lab-up lab-down install clean
