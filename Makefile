# Xianjie (衔接). `make` builds, `make test` sets up and runs all that CI runs, `make check` adds sanitizers, analysis and
# fuzzing, `make demo` shows a small city. What a fresh Debian 12 needs: deploy/setup.
SHELL := /bin/bash
.DELETE_ON_ERROR:
CC ?= gcc
FUZZ_CC ?= clang
O ?= build
PREFIX ?= /usr
WERROR ?= -Werror
comma := ,

PKGS_CORE := libzmq msgpack sqlite3 uuid libsodium libcrypto libseccomp
PKGS_AGENT := $(PKGS_CORE) jansson libulfius libmicrohttpd
PKGS_CLI := $(PKGS_AGENT) libcurl yaml-0.1 smartcols xlsxwriter zlib
PKGS_TEST := $(PKGS_CLI) cmocka

WARN := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
        -Wundef -Wvla $(WERROR)
ifdef SAN
O := build/san-$(firstword $(subst $(comma), ,$(SAN)))
HARDEN := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
LDHARDEN := -fsanitize=$(SAN)
else ifdef COV
O := build/cov
HARDEN := -O0 -g --coverage
LDHARDEN := --coverage
else
HARDEN := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now
endif
# Asked of pkg-config when a compiler runs, not when make starts: on a fresh machine `make test` installs them first.
PKGS = $(PKGS_CLI)
$(O)/obj/tests/%: PKGS = $(PKGS_TEST)
$(O)/obj/tests/%: WHERE = -DXJ_SOURCE_DIR='"$(CURDIR)"'
cflags = $(shell pkg-config --cflags $(PKGS) | sed 's/-I/-isystem /g')
libs = $(shell pkg-config --libs $(1)) -pthread
COMPILE = $(CC) $(WARN) $(HARDEN) -D_GNU_SOURCE -I. $(cflags) $(CFLAGS) -MMD -MP
LINK = $(CC) $(HARDEN) $(LDHARDEN) $(LDFLAGS)

src = $(wildcard $(addsuffix /*.c,$(1)))
obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
without_main = $(filter-out %/main.c,$(1))

SCHEMA_SRC := $(call src,schema/base schema/wire schema/trust schema/ledger schema/procedure)
YAML_SRC := $(call src,schema/procedure/yaml)
EVIDENCE_SRC := $(call src,schema/evidence)
BROKER_SRC := $(call src,broker/core broker/shell)
AGENT_SRC := $(call src,agents/agent/core agents/agent/view agents/agent/api agents/agent/shell)
CLI_SRC := $(call src,agents/cli)
TESTLIB_SRC := $(filter-out tests/unit/test_%.c tests/unit/make_%.c tests/sim/test_%.c tests/year/year.c,$(call src,tests/unit tests/sim tests/year))
TEST_SRC := $(wildcard tests/unit/test_*.c tests/law/test_*.c tests/sim/test_*.c tests/crash/test_*.c)
TOOL_SRC := $(wildcard tests/unit/make_*.c tests/bench/*.c) tests/year/year.c

A := $(O)/lib
LIB_SCHEMA := $(A)/libschema.a
LIB_YAML := $(A)/libprocedure-yaml.a
LIB_EVIDENCE := $(A)/libevidence.a
LIB_BROKER := $(A)/libbroker.a
LIB_AGENT := $(A)/libagent.a
LIB_CLI := $(A)/libcli.a
LIB_TEST := $(A)/libtest.a
BIN := $(O)/bin
PROGRAMS := $(BIN)/xianjie-broker $(BIN)/xianjie-agent $(BIN)/xianjie
TESTS := $(patsubst tests/%.c,$(O)/tests/%,$(TEST_SRC))
TOOLS := $(patsubst tests/%.c,$(O)/tests/%,$(TOOL_SRC))

.PHONY: all core test tests check bench demo demo-stop install setup clean campaign
all: core
core: $(PROGRAMS)
tests: core $(TESTS) $(TOOLS)

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(COMPILE) $(WHERE) -c $< -o $@

define archive
$(1): $(call obj,$(2))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(eval $(call archive,$(LIB_SCHEMA),$(SCHEMA_SRC)))
$(eval $(call archive,$(LIB_YAML),$(YAML_SRC)))
$(eval $(call archive,$(LIB_EVIDENCE),$(EVIDENCE_SRC)))
$(eval $(call archive,$(LIB_BROKER),$(call without_main,$(BROKER_SRC))))
$(eval $(call archive,$(LIB_AGENT),$(call without_main,$(AGENT_SRC))))
$(eval $(call archive,$(LIB_CLI),$(call without_main,$(CLI_SRC))))
$(eval $(call archive,$(LIB_TEST),$(TESTLIB_SRC)))

$(BIN)/xianjie-broker: $(call obj,broker/shell/main.c) $(LIB_BROKER) $(LIB_SCHEMA)
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(LINK) -o $@ $^ $(call libs,$(PKGS_CORE))

$(BIN)/xianjie-agent: $(call obj,agents/agent/shell/main.c) $(LIB_AGENT) $(LIB_SCHEMA)
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(LINK) -o $@ $^ $(call libs,$(PKGS_AGENT))

$(BIN)/xianjie: $(call obj,agents/cli/main.c) $(LIB_CLI) $(LIB_AGENT) $(LIB_YAML) $(LIB_EVIDENCE) $(LIB_SCHEMA)
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(LINK) -o $@ $^ $(call libs,$(PKGS_CLI))

$(O)/tests/%: $(O)/obj/tests/%.o $(LIB_TEST) $(LIB_CLI) $(LIB_AGENT) $(LIB_BROKER) $(LIB_YAML) $(LIB_EVIDENCE) $(LIB_SCHEMA)
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call libs,$(PKGS_TEST))

# These answer the system calls of writing themselves, which no other program shall.
$(filter $(O)/tests/crash/%,$(TESTS)): $(call obj,$(filter-out tests/crash/test_%.c,$(call src,tests/crash)))

# Objects are kept, those between a source and its test program, too.
.SECONDARY:

setup:
	@deploy/setup build test

test: setup
	@$(MAKE) --no-print-directory -j2 tests
	@tests/run $(O)

check: setup
	@deploy/setup check
	@tests/check

campaign: setup
	@$(MAKE) --no-print-directory -j2 tests
	@tests/campaign $(O)

bench: setup
	@$(MAKE) --no-print-directory -j2 core $(O)/tests/bench/acts $(O)/tests/bench/floors $(O)/tests/bench/stats $(O)/tests/bench/fold
	@tests/bench/run $(O)

demo:
	@deploy/setup build
	@$(MAKE) --no-print-directory -j2 core
	@deploy/demo start $(O)

demo-stop:
	@deploy/demo stop $(O)

install: core
	@deploy/install "$(O)" "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf build

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)
