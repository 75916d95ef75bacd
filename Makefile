# SPDX-License-Identifier: BSD-2-Clause
#
# The whole build, not recursive. configure writes config.mk; everything built goes to ./build, and
# the program to ./tandem. S is the source directory with its slash: empty for a build inside it,
# set by the stub Makefile that configure leaves in any other directory. See: make help.

ifneq ($(origin S),file)
S :=
endif
B := build
VERSION := 0.2.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all check check-all check-rest check-lab interop check-distros check-asan check-tsan bench lab lint format cross tests install uninstall dist \
	clean distclean help fuzz fuzz-programs model soak speed coverage mutate FORCE

# These do without a configuration.
ifneq ($(if $(MAKECMDGOALS),$(filter-out help clean distclean dist format check-distros check-asan check-tsan fuzz model coverage mutate,\
	$(MAKECMDGOALS)),all),)
ifeq ($(wildcard config.mk),)
$(error run ./configure first)
endif
endif
-include config.mk

# Use all CPUs unless told otherwise (a -j given on the command line wins).
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
# Several goals are meant one after the other: clean before all, one run of tests at a time.
ifneq ($(word 2,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

# ---------------------------------------------------------------------------- sources

# $(call sources,GLOB...): matching files, relative to the source directory.
sources = $(patsubst $(S)%,%,$(wildcard $(addprefix $(S),$(1))))

HOST_SRC := $(call sources,lib/*.c lib/$(ARCH)/*.c virtio/*.c vhost/*.c vmm/*.c vmm/$(ARCH)/*.c \
	pair/*.c bench/*/*.c lab/*.c lab/*.S vmm/*.S)
CLI_SRC := $(call sources,cli/*.c)
GUEST_C := $(call sources,guest/*.c)
HOSTED_SRC := $(GUEST_C) $(call sources,guest/hosted/*.c)
GUEST_SRC := $(GUEST_C) $(call sources,guest/$(ARCH)/*.c guest/$(ARCH)/*.S)
TEST_COMMON_SRC := $(call sources,tests/common/*.c)
TEST_KINDS := unit pair vhost guest
TEST_SRC := $(call sources,$(TEST_KINDS:%=tests/%/*.c) tests/unit/*/*.c)
FUZZ := $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(call sources,tests/fuzz/*.c)))
FUZZ_OBJ := $(FUZZ:%=$(B)/tests/fuzz/%.o) $(B)/tests/fuzz/replay.o
SCRIPTS := $(call sources,configure .ci/run tests/run tests/layers tests/keys tests/*/*.sh tests/fuzz/run tests/speed/run \
	tests/coverage tests/mutate completion/tandem.bash)
MAN := $(call sources,man/*.1)
EXAMPLES := $(call sources,docs/examples/*.c)
DOCS := $(call sources,README.md CHANGELOG.md docs/*.md)
FORMATTED := $(call sources,$(foreach d,include/tandem lib lib/* virtio vhost vmm vmm/* pair bench/* lab \
	cli guest guest/* docs/examples tests/* tests/unit/*,$(d)/*.c $(d)/*.h))

objects = $(patsubst %,$(B)/%.o,$(basename $(1)))
LIB_OBJ := $(call objects,$(HOST_SRC)) $(patsubst guest/%.c,$(B)/hosted/%.o,$(HOSTED_SRC))
CLI_OBJ := $(call objects,$(CLI_SRC))
GUEST_OBJ := $(patsubst guest/%,$(B)/guest/%.o,$(basename $(GUEST_SRC)))
TEST_COMMON_OBJ := $(call objects,$(TEST_COMMON_SRC))
TEST_OBJ := $(call objects,$(TEST_SRC))
SOAK_OBJ := $(call objects,$(call sources,tests/soak/*.c))
SPEED_OBJ := $(call objects,$(call sources,tests/speed/*.c))
FRONTEND_OBJ := $(B)/tests/e2e/frontend.o
# tests/unit/virtio/virtq.c becomes build/tests/unit-virtq, tests/pair/life.c pair-life.
test_name = $(if $(filter unit/%,$(1)),unit-$(notdir $(1)),$(subst /,-,$(1)))
TEST_BIN := $(foreach t,$(TEST_SRC:tests/%.c=%),$(B)/tests/$(call test_name,$(t))) \
	$(FUZZ:%=$(B)/tests/fuzz-%)

# ---------------------------------------------------------------------------- flags

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wno-format-nonliteral \
	-Wimplicit-fallthrough $(WARN) $(WERROR)
DEPS = -MMD -MP
# __FILE__ reads the same wherever the build directory is.
PREFIX_MAP := $(if $(S),-fmacro-prefix-map=$(S)=)
I := -I$(or $(S),.)
INCLUDE := $(I) -I$(S)include -I$(S)vmm/$(ARCH) -I$(B)

HOST_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(INCLUDE) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) -pthread \
	-fstack-protector-strong $(PREFIX_MAP) $(WARNINGS) $(INSTRUMENT)
HOSTED_CFLAGS = -I$(S)guest/hosted -I$(S)guest $(HOST_CFLAGS)
HOST_LDFLAGS = -pthread $(INSTRUMENT) -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)

# The guest runs in kernel mode with nothing below it, on the oldest CPU of its kind, and never
# touches vector registers; what the distribution's compiler adds by default is switched off.
GUEST_ARCH_CFLAGS_x86 := -march=x86-64 -mno-red-zone -mgeneral-regs-only
GUEST_ARCH_CFLAGS_arm64 := -march=armv8-a -mgeneral-regs-only -mno-outline-atomics
GUEST_CFLAGS = -std=gnu11 -O2 -g -ffreestanding -fno-stack-protector -fno-pic -fno-pie \
	-fno-asynchronous-unwind-tables -fno-unwind-tables $(GUEST_ARCH_CFLAGS_$(ARCH)) \
	$(GUEST_CONFIG_CFLAGS) -I$(S)guest/$(ARCH) -I$(S)guest -I$(S)include $(I) $(PREFIX_MAP) $(WARNINGS)
GUEST_LDFLAGS = -static -nostdlib -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 $(GUEST_CONFIG_LDFLAGS)
GUEST_LD := $(S)guest/$(ARCH)/guest.ld

# ---------------------------------------------------------------------------- program

LIBRARY := $(B)/libtandem-vhost.a

all: tandem $(LIBRARY)

tandem: $(CLI_OBJ) $(B)/libtandem.a
	$(say) LD $@
	$(Q)$(CC) $(HOST_LDFLAGS) $(STATIC) -o $@ $^ $(LIBS) -lm -ldl

$(B)/libtandem.a: $(LIB_OBJ) $(B)/.objects
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

# The backend for other programs: one object, of which only the names of its header are seen. Objects that are the
# link-time optimizer's own cannot be joined so: then all names are.
VHOST_OBJ := $(filter $(B)/lib/% $(B)/virtio/% $(B)/vhost/%,$(LIB_OBJ))
$(LIBRARY): $(VHOST_OBJ) $(B)/.objects
	$(say) AR $@
	$(Q)rm -f $@
ifeq ($(findstring -flto,$(CFLAGS)),)
	$(Q)$(CC) -r -nostdlib -o $(@:.a=.whole) $(VHOST_OBJ)
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='tandem_vhost_*' $(@:.a=.whole)
	$(Q)$(AR) rcs $@ $(@:.a=.whole)
else
	$(Q)$(AR) rcs $@ $(VHOST_OBJ)
endif

# What its user links as well; jansson and libcap-ng are the program's.
LIBRARY_LIBS = $(filter-out -ljansson -lcap-ng,$(LIBS))

$(B)/tandem-vhost.pc: $(S)vhost/tandem-vhost.pc.in config.mk
	$(say) GEN $@
	$(Q)mkdir -p $(@D) && sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(libdir)|' -e 's|@includedir@|$(includedir)|' \
		-e 's|@version@|$(VERSION)|' -e 's|@libs@|$(LIBRARY_LIBS)|' $< >$@

$(B)/guest.elf: $(GUEST_OBJ) $(GUEST_LD) $(B)/.objects
	$(say) LD $@
	$(Q)$(CC) $(GUEST_LDFLAGS) -T $(GUEST_LD) -o $@ $(GUEST_OBJ)

# A guest that breaks the rules, for tests: the bundled one with another main().
$(B)/hostile.elf: $(filter-out $(B)/guest/main.o,$(GUEST_OBJ)) $(B)/guest/hostile.o $(GUEST_LD) $(B)/.objects
	$(say) LD $@
	$(Q)$(CC) $(GUEST_LDFLAGS) -T $(GUEST_LD) -o $@ $(filter %.o,$^)

$(B)/guest/hostile.o: $(S)tests/hostile/guest.c $(B)/.flags
	$(say) CC 'tests/hostile/guest.c (guest)'
	$(Q)mkdir -p $(@D) && $(CC) $(GUEST_CFLAGS) $(DEPS) -c -o $@ $<

$(B)/tests/hostile/guest.o: $(S)tests/hostile/guest.c $(B)/.flags | $(B)/version.h
	$(say) CC 'tests/hostile/guest.c (hosted)'
	$(Q)mkdir -p $(@D) && $(CC) $(HOSTED_CFLAGS) $(DEPS) -c -o $@ $<

$(B)/tests/hostile/image.o: $(B)/hostile.elf

# The program carries the guest: vmm/guest_image.S takes it in with .incbin.
$(B)/vmm/guest_image.o: $(B)/guest.elf
# And the configurations of kernels that the lab builds.
$(B)/lab/kconfig.o: $(wildcard $(S)lab/config/*.config)

# The names of system calls, for a message from a signal handler.
$(B)/syscall_names.h: $(B)/.flags
	$(Q)mkdir -p $(@D) && printf '#include <sys/syscall.h>\n' | $(CC) $(CPPFLAGS) $(CFLAGS) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/[__NR_\1] = "\1",/p' | \
		grep -v -e __NR_arch_specific -e __NR_syscalls | LC_ALL=C sort >$@
$(B)/lib/filter.o: $(B)/syscall_names.h

$(B)/hosted/%.o: $(S)guest/%.c $(B)/.flags | $(B)/version.h
	$(say) CC 'guest/$*.c (hosted)'
	$(Q)mkdir -p $(@D) && $(CC) $(HOSTED_CFLAGS) $(DEPS) -c -o $@ $<

$(B)/guest/%.o: $(S)guest/%.c $(B)/.flags
	$(say) CC 'guest/$*.c (guest)'
	$(Q)mkdir -p $(@D) && $(CC) $(GUEST_CFLAGS) $(DEPS) -c -o $@ $<

$(B)/guest/%.o: $(S)guest/%.S $(B)/.flags
	$(say) AS 'guest/$*.S'
	$(Q)mkdir -p $(@D) && $(CC) $(GUEST_CFLAGS) -D__ASSEMBLY__ $(DEPS) -c -o $@ $<

$(B)/tests/%.o: $(S)tests/%.c $(B)/.flags | $(B)/version.h
	$(say) CC tests/$*.c
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) -I$(S)tests $(TEST_CFLAGS) $(DEPS) -c -o $@ $<

$(B)/%.o: $(S)%.c $(B)/.flags | $(B)/version.h
	$(say) CC $*.c
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) $(DEPS) -c -o $@ $<

$(B)/%.o: $(S)%.S $(B)/.flags
	$(say) AS $*.S
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) -D__ASSEMBLY__ -Wa,-I$(B) -Wa,-I$(or $(S),.) $(DEPS) -c -o $@ $<

$(B)/tests/%.o: $(S)tests/%.S $(B)/.flags
	$(say) AS tests/$*.S
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) -D__ASSEMBLY__ -Wa,-I$(B) $(DEPS) -c -o $@ $<

# $(call keep,TEXT): writes TEXT into the target unless it is there already, so that only a change
# of flags, of the list of sources or of the version rebuilds what depends on it.
keep = @mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@

$(B)/.flags: FORCE
	$(call keep,$(CC) $(HOST_CFLAGS) $(TEST_CFLAGS) $(GUEST_CFLAGS))
$(B)/.objects: FORCE
	$(call keep,$(HOST_LDFLAGS) $(STATIC) $(LIBS) $(GUEST_LDFLAGS) $(LIB_OBJ) $(CLI_OBJ) $(GUEST_OBJ))

# 0.1.0 as released; in a checkout the commit is added, since results are compared by version. git asks who owns
# the checkout, since it would obey its configuration; whoever runs make obeys its Makefile already.
$(B)/version.h: FORCE
	$(call keep,#define TANDEM_VERSION "$(version)")
	$(if $(filter %-unknown,$(version)),@echo "the version is $(version): git cannot tell the commit:" >&2; \
		$(describe) >/dev/null || :)
describe = git -c safe.directory='*' -C $(or $(S),.) describe --tags --always --dirty --match 'v[0-9]*'
# Asked once, and only by who needs it.
version = $(eval version := $$(shell $$(find_version)))$(version)
find_version = [ -e $(S).git ] || { echo $(VERSION); exit; }; v=$$($(describe) 2>/dev/null); case $$v in \
	(v$(VERSION)*) echo $$v | cut -c 2- ;; (?*) echo $(VERSION)-g$$v ;; (*) echo $(VERSION)-unknown ;; esac

ifneq ($(wildcard config.mk),)
config.mk: $(S)configure
	@echo "configure has changed: running it again"
	@$(CONFIGURE_COMMAND)
# A build directory swept by hand.
ifeq ($(wildcard $(B)/config.h),)
config.mk: FORCE
endif
endif

-include $(B)/guest/hostile.d $(B)/tests/hostile/guest.d
-include $(patsubst %.o,%.d,$(LIB_OBJ) $(CLI_OBJ) $(GUEST_OBJ) $(TEST_OBJ) $(TEST_COMMON_OBJ) $(FUZZ_OBJ) $(SOAK_OBJ) $(SPEED_OBJ) $(FRONTEND_OBJ))
.SECONDARY: $(TEST_OBJ) $(TEST_COMMON_OBJ) $(FUZZ_OBJ) $(SOAK_OBJ) $(SPEED_OBJ) $(FRONTEND_OBJ)

# ---------------------------------------------------------------------------- tests

ifeq ($(HAVE_CMOCKA),yes)
tests: all $(TEST_BIN) $(B)/tests/e2e-frontend
else
tests: tandem
	@echo "the tests cannot be built without $(CMOCKA_PACKAGE); install with: $(CMOCKA_INSTALL)," \
		"then run configure again" >&2; exit 1
endif

# What a program needs besides, and how it is linked.
TEST_OBJ_pair-hostile := $(B)/tests/hostile/guest.o
TEST_OBJ_guest-hostile := $(B)/tests/hostile/image.o
# Calls that a test plays the host for.
UNKIND := calloc mmap memfd_create ftruncate fallocate eventfd pipe2 fcntl open ioctl pthread_create \
	sched_setaffinity ppoll sem_wait io_uring_queue_init io_uring_queue_init_params io_uring_register \
	io_uring_register_files io_uring_submit io_uring_submit_and_wait fork setrlimit sigaction filter_make filter_load
TEST_LDFLAGS_pair-unkind := $(UNKIND:%=-Wl,--wrap=%)
TEST_LDFLAGS_unit-share := -Wl,--wrap=sched_getaffinity
TEST_LDFLAGS_unit-kdev := -Wl,--wrap=ioctl
TEST_LDFLAGS_unit-kernel := -Wl,--wrap=ioctl -Wl,--wrap=open -Wl,--wrap=wire_create
WIRE = _exit unshare socketpair fork open rtnl_open rtnl_ask
TEST_LDFLAGS_unit-wire := $(WIRE:%=-Wl,--wrap=%) \
	$(if $(filter --coverage,$(INSTRUMENT)),-Xlinker -u -Xlinker __gcov_dump)
TEST_LDFLAGS_unit-perf := -Wl,--wrap=syscall
TEST_LDFLAGS_unit-unaccounted := -Wl,--wrap=fopen -Wl,--wrap=open
TEST_LDFLAGS_pair-liar := -Wl,--wrap=mmap -Wl,--wrap=exit
TEST_LDFLAGS_guest-givenup := -Wl,--wrap=ioctl
TEST_LDFLAGS_guest-threads := -Wl,--wrap=ioctl

define test_program
$(B)/tests/$(call test_name,$(1)): $(B)/tests/$(1).o $(TEST_OBJ_$(call test_name,$(1))) $(TEST_COMMON_OBJ) $(B)/libtandem.a
	$$(say) LD $$@
	$$(Q)$$(CC) $$(HOST_LDFLAGS) $$(TEST_LDFLAGS_$(call test_name,$(1))) $$(TEST_STATIC) -o $$@ $$^ $$(TEST_LIBS) -lm -ldl
endef
$(foreach t,$(TEST_SRC:tests/%.c=%),$(eval $(call test_program,$(t))))

# Fuzz targets with a main() that replays their corpora; with clang's libFuzzer see tests/fuzz/run.
$(B)/libcli.a: $(CLI_OBJ) $(B)/.objects
	$(Q)rm -f $@ && $(AR) rcs $@ $(CLI_OBJ)

FUZZ_PARTS = $(B)/tests/common/fakedriver.o $(B)/libcli.a $(B)/libtandem.a

$(B)/tests/fuzz-%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(FUZZ_PARTS)
	$(say) LD $@
	$(Q)$(CC) $(HOST_LDFLAGS) $(STATIC) -o $@ $^ $(LIBS) -lm

fuzz-programs: $(FUZZ:%=$(B)/fuzz/%)

$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(FUZZ_PARTS)
	$(say) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS) -lm

$(B)/tests/soak-all: $(SOAK_OBJ) $(TEST_COMMON_OBJ) $(B)/libtandem.a
	$(say) LD $@
	$(Q)$(CC) $(HOST_LDFLAGS) $(TEST_STATIC) -o $@ $^ $(TEST_LIBS) -lm

$(B)/tests/speed-frames: $(SPEED_OBJ) $(TEST_COMMON_OBJ) $(B)/libtandem.a
	$(say) LD $@
	$(Q)$(CC) $(HOST_LDFLAGS) $(TEST_STATIC) -o $@ $^ $(TEST_LIBS) -lm -ldl

# What the end-to-end tests attach to `tandem backend`.
$(B)/tests/e2e-frontend: $(FRONTEND_OBJ) $(TEST_COMMON_OBJ) $(B)/libtandem.a
	$(say) LD $@
	$(Q)$(CC) $(HOST_LDFLAGS) $(TEST_STATIC) -o $@ $^ $(TEST_LIBS) -lm -ldl

# In place of a variable's text: one word of the shell's, whatever directory we are in.
quoted = '$(subst ','\'',$(1))'
TEST_ENV = TANDEM=$(call quoted,$(CURDIR)/tandem) TANDEM_SRC=$(call quoted,$(if $(S),$(abspath $(S)),$(CURDIR))) \
	TANDEM_BUILD=$(call quoted,$(CURDIR)/$(B)) \
	NM='$(NM)' INSTRUMENTED='$(INSTRUMENT)'
RUN = $(TEST_ENV) $(TEST_WRAPPER) $(S)tests/run -l $(B)/tests/log
script_path = $(foreach s,$(call sources,$(1)),$(S)$(s))

# Most tests wait more than they work: one more at a time than there are CPUs, up to four. First what takes no time,
# then what takes most. Under a sanitizer the end-to-end tests that are about processes
# and words, and would say the same, are left out (INSTRUMENT is empty otherwise), and what repeats repeats less.
CHECK_JOBS = $(shell n=$$(nproc 2>/dev/null || echo 1); echo $$((n < 3 ? n + 1 : 4)))
UNIT_BIN = $(filter $(B)/tests/unit-%,$(TEST_BIN))
CHECKED = $(S)tests/layers $(S)tests/keys $(UNIT_BIN) $(call script_path,$(E2E)) $(filter-out $(UNIT_BIN),$(TEST_BIN))
E2E = $(if $(INSTRUMENT),$(E2E_INSTRUMENTED:%=tests/e2e/%.sh),$(E2E_WAITING:%=tests/e2e/%.sh) \
	$(filter-out $(E2E_WAITING:%=tests/e2e/%.sh),$(call sources,tests/e2e/*.sh)))
# They take long and wait for most of it: the others have the CPUs meanwhile.
E2E_WAITING = unkind backend first
E2E_INSTRUMENTED = results load pool crowd compare report misfortunes

# What only repeats a test, or does it under further conditions, is check-all's.
check: tests
	$(Q)TANDEM_TEST_QUICK=1 $(RUN) -j $(CHECK_JOBS) $(CHECKED)

check-all: tests
	$(Q)$(if $(INSTRUMENT),TANDEM_TEST_SCALE=30) $(RUN) -j $(CHECK_JOBS) $(CHECKED)

# Of check-all only what check shortens: both together lose nothing, and repeat nothing that is the same.
SHORTENED = $(filter-out tests/common/%,$(shell cd $(or $(S),.) && \
	grep -lE 'suite_takes|suite_scaled|suite_quick|is_quick' tests/*/*.c tests/unit/*/*.c tests/e2e/*.sh))
check-rest: tests
	$(Q)$(RUN) -j $(CHECK_JOBS) $(addprefix $(S),$(filter %.sh,$(SHORTENED))) \
		$(foreach t,$(patsubst tests/%.c,%,$(filter %.c,$(SHORTENED))),$(B)/tests/$(call test_name,$(t)))

# A boot emulates its CPUs in a single thread, so two boots at once share nothing but memory (2 GiB each).
LAB_JOBS = $(shell n=$$(nproc 2>/dev/null || echo 1); echo $$((n < 2 ? n : 2)))
check-lab: tests
	$(Q)$(RUN) -j $(LAB_JOBS) $(call script_path,tests/lab/*.sh)

# Drivers and virtual machines of others on `tandem backend`, those that are installed.
interop: tests
	$(Q)$(RUN) $(call script_path,tests/interop/*.sh)

# On other releases of Debian, with the newest compilers (as root; debootstrap). CI runs two of them,
# at once: a script has its Debian for itself, so two of the same one would only wait for each other.
DISTROS = *
DISTRO_JOBS = 1
check-distros:
	$(Q)$(RUN) -j $(DISTRO_JOBS) $(call script_path,$(DISTROS:%=tests/distros/%.sh))

check-asan check-tsan: check-%:
	$(Q)mkdir -p build-$* && cd build-$* && \
		{ [ -e config.mk ] || $(if $(S),$(S),../)configure --enable-$* $(and $(WERROR),--enable-werror); } && \
		$(MAKE) check-all

# The used/avail and event-index protocol, exhaustively, with spin; MODEL=long: larger.
model:
	$(Q)$(S)tests/run $(S)tests/model/model.sh

# Endurance: seconds of everything at once; SEED= repeats a run's choices.
DURATION = 120
soak: $(B)/tests/soak-all
	$(Q)SOAK_SECONDS=$(DURATION) SOAK_SEED=$(SEED) TANDEM_TEST_TIMEOUT=$$(($(DURATION) + 60)) \
		$(RUN) $(B)/tests/soak-all; status=$$?; grep '^# ' $(B)/tests/log/soak-all.log; exit $$status

# The same speed as another commit's? BASE: a directory where that is built. See tests/speed/run.
speed: tandem $(B)/tests/speed-frames
	$(Q)$(S)tests/speed/run "$(BASE)"

# How much of virtio/, vhost/ and lib/ the quick tests reach; and whether they notice mistakes.
coverage:
	$(Q)$(S)tests/coverage
mutate:
	$(Q)$(S)tests/mutate

# Inputs that break a property, looked for at random: FUZZ_SECONDS per target, FUZZ_TARGETS.
fuzz:
	$(Q)$(S)tests/fuzz/run

# ---------------------------------------------------------------------------- uses

bench: tandem
	./tandem bench

# Every preemption mode that stock kernels offer, on both architectures; LAB= runs something else.
LAB = bench stream
lab: tandem cross
	./tandem lab --arch=x86_64 --preempt=none,voluntary,full,lazy,rt -- $(LAB)
	./tandem lab --arch=arm64 --preempt=voluntary,lazy,rt -- $(LAB)

# The other architecture, whole and static, with its test programs.
OTHER := $(if $(filter x86_64,$(TARGET)),arm64,x86_64)
cross:
	$(Q)mkdir -p build-cross && cd build-cross && { [ -e config.mk ] || $(if $(S),$(S),../)configure \
		--arch=$(OTHER) --enable-static --cross-arm64=$(CROSS_ARM64) $(and $(WERROR),--enable-werror); } && $(MAKE) all tests

# clang-format's output changes between versions; the tree follows 14.
CLANG_FORMAT = $(shell for c in clang-format-14 clang-format; do $$c --version 2>/dev/null | \
	grep -q 'version 14' && { echo $$c; break; }; done)
have = $(shell command -v $(1) 2>/dev/null)

# It does not read system headers, so loops that are macros are spelled out; and it takes symbols of
# the linker for unrelated objects.
CPPCHECK = cppcheck -q -j2 --error-exitcode=1 --inline-suppr --std=c11 --suppress=missingIncludeSystem \
	--suppress=comparePointers --enable=warning,performance,portability $(INCLUDE) -D_GNU_SOURCE \
	'-Djson_array_foreach(a,i,v)=for(;;)' '-Djson_object_foreach(o,k,v)=for(;;)' \
	-D__$(if $(filter arm64,$(ARCH)),aarch64,x86_64)__

# Test scripts get variables from what they source and from tests/run.
SHELLCHECK = shellcheck -S warning -e SC1091,SC2154

# All of them, whichever fails.
lint: all
	@bad=0; $(TEST_ENV) $(S)tests/layers || bad=1; $(S)tests/keys || bad=1; \
	$(S)tests/mutate --table || bad=1; \
	$(if $(CLANG_FORMAT),$(CLANG_FORMAT) --dry-run -Werror $(addprefix $(S),$(FORMATTED)) || bad=1,\
		echo "clang-format 14 is not installed: formatting not checked"); \
	$(if $(call have,cppcheck),$(CPPCHECK) $(addprefix $(S),$(filter %.c,$(HOST_SRC)) $(CLI_SRC)) || bad=1,\
		echo "cppcheck is not installed: not run"); \
	$(if $(call have,shellcheck),$(SHELLCHECK) $(addprefix $(S),$(SCRIPTS)) || bad=1,\
		echo "shellcheck is not installed: not run"); \
	exit $$bad

format:
	$(if $(CLANG_FORMAT),$(CLANG_FORMAT) -i $(addprefix $(S),$(FORMATTED)),\
		@echo "clang-format 14 is not installed"; exit 1)

# configure's names for them, which refer to each other.
prefix = $(PREFIX)
BIN_DIR = $(call quoted,$(DESTDIR)$(bindir))
MAN_DIR = $(call quoted,$(DESTDIR)$(mandir)/man1)
DOC_DIR = $(call quoted,$(DESTDIR)$(docdir))
EXAMPLE_DIR = $(DOC_DIR)/examples
LIB_DIR = $(call quoted,$(DESTDIR)$(libdir))
INCLUDE_DIR = $(call quoted,$(DESTDIR)$(includedir))
# Pages that are installed name the documents that are.
MAN_SED = $(call quoted,s|docs/\([a-z-]*\.md\) in the source|$(subst &,\&,$(docdir))/\1|)
# Where each shell looks for what others install.
BASH_DIR = $(call quoted,$(DESTDIR)$(datarootdir)/bash-completion/completions)
ZSH_DIR = $(call quoted,$(DESTDIR)$(datarootdir)/zsh/site-functions)
FISH_DIR = $(call quoted,$(DESTDIR)$(datarootdir)/fish/vendor_completions.d)

install: tandem $(LIBRARY) $(B)/tandem-vhost.pc
	install -d $(BIN_DIR) $(MAN_DIR) $(DOC_DIR) $(EXAMPLE_DIR) $(LIB_DIR)/pkgconfig $(INCLUDE_DIR) $(BASH_DIR) $(ZSH_DIR) $(FISH_DIR)
	install -m 755 tandem $(BIN_DIR)
	install -m 644 $(addprefix $(S),$(MAN)) $(MAN_DIR)
	install -m 644 $(addprefix $(S),$(DOCS)) $(DOC_DIR)
	install -m 644 $(addprefix $(S),$(EXAMPLES)) $(EXAMPLE_DIR)
	install -m 644 $(LIBRARY) $(LIB_DIR)
	install -m 644 $(B)/tandem-vhost.pc $(LIB_DIR)/pkgconfig
	install -m 644 $(S)vhost/tandem_vhost.h $(INCLUDE_DIR)
	sed -i $(MAN_SED) $(foreach m,$(notdir $(MAN)),$(MAN_DIR)/$(m))
	install -m 644 $(S)completion/tandem.bash $(BASH_DIR)/tandem
	install -m 644 $(S)completion/_tandem $(ZSH_DIR)/_tandem
	install -m 644 $(S)completion/tandem.fish $(FISH_DIR)/tandem.fish

uninstall:
	rm -f $(BIN_DIR)/tandem $(foreach m,$(notdir $(MAN)),$(MAN_DIR)/$(m))
	rm -f $(foreach d,$(notdir $(DOCS)),$(DOC_DIR)/$(d)) $(foreach e,$(notdir $(EXAMPLES)),$(EXAMPLE_DIR)/$(e))
	rm -f $(LIB_DIR)/$(notdir $(LIBRARY)) $(LIB_DIR)/pkgconfig/tandem-vhost.pc $(INCLUDE_DIR)/tandem_vhost.h
	rm -f $(BASH_DIR)/tandem $(ZSH_DIR)/_tandem $(FISH_DIR)/tandem.fish
	[ ! -d $(EXAMPLE_DIR) ] || rmdir $(EXAMPLE_DIR)
	[ ! -d $(DOC_DIR) ] || rmdir $(DOC_DIR)

# What a package is made from: what is committed.
dist:
	git -C $(or $(S),.) archive --prefix=tandem-$(VERSION)/ -o $(CURDIR)/tandem-$(VERSION).tar.gz HEAD

clean:
	rm -f tandem
	[ ! -d $(B) ] || find $(B) -mindepth 1 ! -path $(B)/config.h -delete

distclean:
	rm -rf $(B) tandem build-asan build-tsan build-cross build-fuzz build-coverage config.mk config.log

help:
	@echo 'all          the program, ./tandem (what make alone does)'
	@echo 'bench        build it and run the main benchmark'
	@echo 'check        build and run the tests; check-all: under all conditions, as often as CI does'
	@echo 'check-rest   of check-all only the programs that check shortens'
	@echo 'check-asan   check-all in build-asan, with sanitizers; check-tsan in build-tsan'
	@echo 'fuzz         libFuzzer targets, FUZZ_SECONDS=6 each (./configure --install-deps=checks)'
	@echo 'model        the queue protocol checked exhaustively with spin (the same)'
	@echo 'soak         everything at once for DURATION=120 seconds; SEED= repeats a run'
	@echo 'speed        as fast as the commit that is built in BASE=DIRECTORY? (minutes)'
	@echo 'coverage     lines and branches that the tests reach, per room, against a floor'
	@echo 'mutate       do the tests notice mistakes? (minutes)'
	@echo 'interop      drivers of others (DPDK, Linux in QEMU) on tandem backend, as installed'
	@echo 'check-lab    the tests on stock kernels under emulation (./configure --install-deps=lab)'
	@echo 'check-distros the tests on other releases of Debian, in chroots (as root; the same as fuzz)'
	@echo 'lab          the main benchmark under each preemption mode of stock kernels'
	@echo 'lint         layer rules, formatting, cppcheck, shellcheck'
	@echo 'format       reformat the sources with clang-format 14'
	@echo 'cross        program and tests for the other architecture, in build-cross'
	@echo 'install      into $(or $(PREFIX),PREFIX) (PREFIX=, DESTDIR=); uninstall removes it'
	@echo 'dist         tandem-$(VERSION).tar.gz, for tandem.spec and the like'
	@echo 'clean        remove what was built; distclean also the configuration'
	@echo 'V=1 shows the commands. Other directory, other options: mkdir d; cd d; ../configure ...'
