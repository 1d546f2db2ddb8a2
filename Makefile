# senetd: build, test, measure, install. `make help` lists the targets.
#
# Variants build in folders of their own: SANITIZE=address,undefined -> build/address-undefined.
# DEVELOPER=1 turns warnings into errors (tests always do); V=1 shows the commands.

VERSION := 0.1.0
PREFIX ?= /usr/local
CC ?= cc
AR ?= ar
PYTHON ?= python3
CFLAGS ?= -O2 -g

comma := ,
empty :=
space := $(empty) $(empty)
ifdef SANITIZE
VARIANT := $(subst $(comma),-,$(SANITIZE))
B := build/$(VARIANT)
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -DSANITIZED
else
B := build
endif

ifneq ($(filter test check,$(MAKECMDGOALS)),)
DEVELOPER := 1
endif

PACKAGES := libmicrohttpd libcjson libprotobuf-c openblas stb libjpeg libpng zlib libwebp libseccomp gnutls
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wvla -Wpointer-arith -Wwrite-strings -Wundef -Wformat=2 -Wcast-qual
ifdef DEVELOPER
WARNINGS += -Werror
endif
ifndef V
Q := @
say = @printf '  %-8s %s\n' $(1) $(2)
endif

pkg_cflags := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
# stb is headers alone here (its shared library would bring decoders that are not offered).
pkg_libs := $(shell pkg-config --libs $(filter-out stb,$(PACKAGES)) 2>/dev/null)

ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -DSENET_VERSION='"$(VERSION)"' $(CFLAGS) $(WARNINGS) \
             $(SANITIZE_FLAGS) -fPIC -fvisibility=hidden -MMD -MP
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE_FLAGS)
# Third-party and generated headers are not held to our warnings.
SYSTEM_INCLUDES := -isystem $(B)/gen $(patsubst -I%,-isystem %,$(pkg_cflags))
LIBS := $(pkg_libs) -lm -lpthread

simd_sources := $(sort $(wildcard core/*/simd/*.c))
core_sources := $(sort $(filter-out $(simd_sources),$(wildcard core/*.c core/*/*.c core/*/*/*.c)))
server_sources := $(sort $(wildcard server/*.c server/*/*.c))
cli_sources := $(sort $(wildcard cli/*.c))
unit_sources := $(sort $(wildcard tests/unit/test_*.c))

# The innermost loops are compiled once for each instruction set; core/kernels/simd_sets.c chooses at run time.
machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
SIMD_SETS := $(if $(filter x86_64,$(machine)),baseline avx2 avx512,$(if $(filter aarch64,$(machine)),neon,baseline))
SIMD_FLAGS_avx2 := -mavx2 -mfma
SIMD_FLAGS_avx512 := -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx2 -mfma -mprefer-vector-width=512
simd_objects := $(foreach set,$(SIMD_SETS),$(simd_sources:%.c=$(B)/obj/%.$(set).o))

core_objects := $(core_sources:%.c=$(B)/obj/%.o) $(simd_objects) $(B)/obj/gen/onnx.pb-c.o
server_objects := $(server_sources:%.c=$(B)/obj/%.o)
cli_objects := $(cli_sources:%.c=$(B)/obj/%.o)
unit_tests := $(unit_sources:tests/unit/%.c=$(B)/tests/%)
# Server and command-line modules that unit tests may link: everything but the mains.
server_library := $(filter-out $(B)/obj/server/main.o,$(server_objects))
cli_library := $(filter-out $(B)/obj/cli/main.o,$(cli_objects))

.PHONY: all
all: $(B)/senetd $(B)/senet $(B)/libsenet.a $(B)/libsenet.so

$(B)/libsenet.a: $(core_objects)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/libsenet.so: $(core_objects)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -Wl,-soname,libsenet.so.0 $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/senetd: $(server_objects) $(B)/libsenet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/senet: $(cli_objects) $(B)/libsenet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The layers: core sees include/ and itself; the server and the command line see include/ and themselves.
$(B)/obj/core/%.o: INCLUDES = -Iinclude -Icore
$(B)/obj/server/%.o: INCLUDES = -Iinclude -Iserver
$(B)/obj/cli/%.o: INCLUDES = -Iinclude -Icli
$(B)/tests/%: INCLUDES = -Iinclude -Icore -Iserver -Icli -Itests/unit
# Loops over tensors are what the time goes into.
$(B)/obj/core/kernels/%.o $(B)/obj/core/image/%.o $(B)/obj/server/decoder/decoder_exchange.o: private CFLAGS += -O3
# On hostile files stb_image lets signed numbers overflow, reads palette entries that nobody set, and shifts a zero
# too far: the first two are given a meaning, the third is without effect.
cc_flag = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>/dev/null && echo $(1))
$(B)/obj/core/image/stb.o: private CFLAGS += -fwrapv \
	$(or $(call cc_flag,-ftrivial-auto-var-init=zero),$(call cc_flag,-ftrivial-auto-var-init=pattern),\
		$(warning $(CC) has no -ftrivial-auto-var-init: a hostile GIF or BMP may be decoded from unset memory))
$(B)/obj/core/image/stb.o: private SANITIZE_FLAGS += -fno-sanitize=shift

$(B)/obj/%.o: %.c $(B)/flags | $(B)/gen/onnx.pb-c.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(INCLUDES) $(SYSTEM_INCLUDES) -c -o $@ $<

# Checks around every access make these unrolled loops many times as long to compile; nobody waits for their speed.
SIMD_OPTIMISE := $(if $(SANITIZE),-O1,-O3)
# Coverage of unrolled loops tells a fuzzer nothing, and takes clang half an hour.
SIMD_SANITIZE := $(if $(findstring fuzzer,$(SANITIZE)),-fno-sanitize=fuzzer-no-link$(comma)undefined)
# A product and a sum may become one multiply-add there: that is what the instructions are for.
define simd_rule
$(B)/obj/core/%.$(1).o: core/%.c $(B)/flags
	$$(call say,CC,'$$< ($(1))')
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $(SIMD_OPTIMISE) $(SIMD_SANITIZE) -ffp-contract=fast $$(SIMD_FLAGS_$(1)) -DSIMD_SET=$(1) $$(INCLUDES) -c -o $$@ $$<
endef
$(foreach set,$(SIMD_SETS),$(eval $(call simd_rule,$(set))))

$(B)/obj/gen/onnx.pb-c.o: $(B)/gen/onnx.pb-c.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -W%,$(ALL_CFLAGS)) $(SYSTEM_INCLUDES) -c -o $@ $(B)/gen/onnx.pb-c.c

$(B)/gen/onnx.pb-c.h: core/onnx/onnx.proto
	$(call say,PROTOC,$<)
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=core/onnx --c_out=$(@D) $<

# What is assembled into a program is a prerequisite of that object.
$(B)/obj/core/model/builtin.o: $(wildcard models/builtin/*)
$(B)/obj/server/routes/openapi.o: server/routes/openapi.json

# Objects depend on the flags they were built with.
.PHONY: force
$(B)/flags: force
	@mkdir -p $(B)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@

# ------------------------------------------------------------------- people

.PHONY: run test check deps
run: deps
	@$(MAKE) --no-print-directory all
	@$(B)/senetd

test: deps
	@$(MAKE) --no-print-directory check DEVELOPER=1

deps:
	@scripts/deps

# -------------------------------------------------------------------- tests

.PRECIOUS: $(B)/tests/%
$(B)/tests/%: tests/unit/%.c $(server_library) $(cli_library) $(B)/libsenet.a
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(INCLUDES) $(SYSTEM_INCLUDES) $(ALL_LDFLAGS) -o $@ $< $(server_library) $(cli_library) \
		$(B)/libsenet.a $(LIBS) $$(pkg-config --cflags --libs check)

# ONNX's own conformance cases; the data are Debian's libonnx-testdata, or anybody's copy of onnx/backend/test/data.
$(B)/tests/onnx_backend: $(wildcard tests/onnx_backend/*.[ch]) $(B)/libsenet.a
	$(call say,TEST,tests/onnx_backend)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(INCLUDES) $(SYSTEM_INCLUDES) $(ALL_LDFLAGS) -o $@ \
		$(filter %.c,$^) $(B)/libsenet.a $(LIBS)

# What makes allocations, threads and connections fail; preloaded, so that it reaches what libraries call.
$(B)/tests/faults.so: tests/faults/faults.c $(B)/flags
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP -fvisibility=hidden $(SANITIZE_FLAGS),$(ALL_CFLAGS)) -shared $(LDFLAGS) -o $@ $<

# A client of TLS for tests that speak over raw connections.
$(B)/tests/tls-tunnel: tests/tls/tunnel.c $(B)/flags
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP $(SANITIZE_FLAGS),$(ALL_CFLAGS)) $$(pkg-config --cflags gnutls) -o $@ $< \
		$(LDFLAGS) $$(pkg-config --libs gnutls) -lpthread

check: all $(unit_tests) $(B)/tests/onnx_backend $(B)/tests/faults.so $(B)/tests/tls-tunnel
	@BUILD=$(B) SANITIZED=$(SANITIZE) scripts/run-tests

# Every call that can fail, where `make test` leaves most of those at start out: some minutes.
.PHONY: faults
faults: all $(B)/tests/faults.so
	@BUILD=$(abspath $(B)) SENETD=$(abspath $(B))/senetd FAULTS_EVERY=1 tests/e2e/90-faults.sh

# The table of supported operators, from what passes.
ONNX_BACKEND_DATA ?= /usr/share/libonnx-testdata/data
.PHONY: operators
operators: $(B)/tests/onnx_backend
	@$< --markdown $(ONNX_BACKEND_DATA) >$(B)/operators.md
	@sed -i '/^|/d' docs/operators.md
	@cat $(B)/operators.md >>docs/operators.md

# Random networks against ONNX Runtime, whose Python package goes into a folder of its own.
RANDOM ?= 300
SEED ?= 1
.PHONY: parity
parity: all
	@[ -x build/parity/python/bin/python ] || $(PYTHON) -m venv build/parity/python
	@build/parity/python/bin/pip install --quiet --disable-pip-version-check numpy onnx onnxruntime
	@build/parity/python/bin/python tests/parity/random_networks.py --count $(RANDOM) --seed $(SEED) --senet $(B)/senet

# What the Open Inference Protocol's own client makes of the daemon; its Python package goes into a folder of its own.
.PHONY: test-triton
test-triton: all
	@[ -x build/triton/python/bin/python ] || $(PYTHON) -m venv build/triton/python
	@build/triton/python/bin/pip install --quiet --disable-pip-version-check numpy 'tritonclient[http]'
	@BUILD=$(abspath $(B)) SENETD=$(abspath $(B))/senetd tests/e2e/63-triton.sh

# Prometheus' own tools on /metrics: PROMTOOL= and PROMETHEUS= name them where they are not on the path.
.PHONY: test-prometheus
test-prometheus: all
	@BUILD=$(abspath $(B)) SENETD=$(abspath $(B))/senetd PROMETHEUS_NEEDED=1 tests/e2e/65-metrics.sh

# The networks in PyTorch, and every one of them through the engine; PYTHON= names one that has torch. Some minutes.
.PHONY: test-training
test-training: all
	@set -e; for test in training/test_*.py; do echo $$test; SENET=$(abspath $(B))/senet $(PYTHON) $$test; done

# Coverage-guided, for as long as one likes: clang and its runtime (libclang-rt-dev) are needed. Built apart.
FUZZ_SECONDS ?= 60
fuzz_programs := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: fuzz fuzz-run
fuzz:
	@$(MAKE) --no-print-directory fuzz-run CC=clang SANITIZE=fuzzer-no-link,address,undefined

fuzz-run: $(fuzz_programs)
	@scripts/fuzz $(B) $(FUZZ_SECONDS)

$(B)/fuzz/%: INCLUDES = -Iinclude -Icore -Iserver -Icli
$(B)/fuzz/%: tests/fuzz/%.c $(server_library) $(cli_library) $(B)/libsenet.a
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(INCLUDES) $(SYSTEM_INCLUDES) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(server_library) \
		$(cli_library) $(B)/libsenet.a $(LIBS)

-include $(shell find $(B)/obj $(B)/tests -name '*.d' 2>/dev/null)

# ----------------------------------------------------------------- measures

.PHONY: eval bench bench-quick bench-image
eval: all
	@test -n "$(DATA)" || { echo 'usage: make eval DATA=<zip or folder with test/CLASS/*.jpg>' >&2; exit 2; }
	@scripts/eval $(B)/senet "$(DATA)"

# Every kernel on layers of real networks: ISA=avx2 and LAYER="resnet50 3" choose.
$(B)/bench-kernels: bench/kernels.c $(B)/libsenet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Iinclude -Icore $(ALL_LDFLAGS) -o $@ $< $(B)/libsenet.a $(LIBS)

.PHONY: bench-kernels
bench-kernels: $(B)/bench-kernels
	@$< $(ISA) $(LAYER)

# All gates of SE-ResNet-50 as JSON.
$(B)/bench-json: bench/json.c $(B)/libsenet.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Iinclude $(ALL_LDFLAGS) -o $@ $< $(B)/libsenet.a $(LIBS)

.PHONY: bench-json
bench-json: $(B)/bench-json
	@$<

# Against ONNX Runtime, which goes into build/bench. bench/README.md says what the table means.
MODELS ?=
THREADS ?=
ROUNDS ?= 6
HTTP_ROUNDS ?= 3
bench_flags = $(if $(MODELS),--models $(patsubst %,'%',$(MODELS))) $(if $(THREADS),--threads $(THREADS)) $(if $(NCNN),--ncnn) \
              $(if $(CHECK),--check) $(if $(JSON),--json)
bench: all $(B)/bench/peak
	@PYTHON=$(PYTHON) bench/install $(if $(NCNN),ncnn)
	@build/bench/python/bin/python bench/run.py --senet $(B)/senet --peak $(B)/bench/peak --rounds $(ROUNDS) $(bench_flags)

# The daemon against a Node server, with wrk. MODELS are network names here, without patterns.
.PHONY: bench-http
bench-http: all
	@PYTHON=$(PYTHON) bench/install http
	@build/bench/python/bin/python bench/http_run.py --senet $(B)/senet --senetd $(B)/senetd --rounds $(HTTP_ROUNDS) \
		$(if $(MODELS),--models $(MODELS)) $(if $(CHECK),--check) $(if $(JSON),--json)

bench-quick:
	@$(MAKE) --no-print-directory bench ROUNDS=1

# From a photo's bytes to the tensor, against stb_image, Pillow (python3-pil) and sharp, which goes into build/bench.
BENCH_PYTHON ?= /usr/bin/python3
bench-image: $(B)/bench/image
	@PYTHON=$(BENCH_PYTHON) bench/install image
	@[ -e build/bench/images/500x375.jpg ] || build/bench/pillow/bin/python bench/image_files.py build/bench/images
	@build/bench/pillow/bin/python bench/image.py --program $< --sharp build/bench --images build/bench/images \
		--rounds $(ROUNDS)

$(B)/bench/image: bench/image.c $(B)/libsenet.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -W%,$(ALL_CFLAGS)) -Iinclude $(SYSTEM_INCLUDES) $(ALL_LDFLAGS) -o $@ $< $(B)/libsenet.a $(LIBS)

$(B)/bench/peak: bench/peak.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -ffp-contract=fast $(WARNINGS) -o $@ $< -lpthread

# ------------------------------------------------------------------- habits

.PHONY: format-check format lint install clean help
sources := $(wildcard include/*.h core/*.[ch] core/*/*.[ch] core/*/*/*.[ch] server/*.[ch] server/*/*.[ch] cli/*.[ch] tests/*/*.[ch] \
           bench/*.[ch])
format-check:
	@clang-format --dry-run --Werror $(sources)

format:
	@clang-format -i $(sources)

lint: $(B)/gen/onnx.pb-c.h
	clang-tidy --quiet $(core_sources) $(server_sources) $(cli_sources) -- -std=c11 -D_POSIX_C_SOURCE=200809L \
		-DSENET_VERSION='"$(VERSION)"' -Iinclude -Icore -Iserver -Icli $(SYSTEM_INCLUDES)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include \
		$(DESTDIR)$(PREFIX)/share/doc/senetd $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(B)/senetd $(B)/senet $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(B)/libsenet.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(B)/libsenet.so $(DESTDIR)$(PREFIX)/lib/libsenet.so.0
	ln -sf libsenet.so.0 $(DESTDIR)$(PREFIX)/lib/libsenet.so
	install -m 644 include/senet.h $(DESTDIR)$(PREFIX)/include
	install -m 644 docs/man/senet.1 docs/man/senetd.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 config/senetd.json README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/senetd
	sed 's|/usr/local/bin|$(PREFIX)/bin|' config/senetd.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/senetd.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/senetd.service

clean:
	rm -rf build

help:
	@echo 'make               build senetd, senet and libsenet in build/'
	@echo 'make run           install what is missing, build, serve the built-in model on 127.0.0.1:8080'
	@echo 'make test          install what is missing, build with -Werror, run every test'
	@echo 'make check         build with -Werror, run every test'
	@echo 'make eval DATA=    top-1 and top-5 of the built-in model over test/CLASS/*.jpg of a zip or folder'
	@echo 'make operators     write the table of docs/operators.md from ONNX backend tests'
	@echo 'make parity        RANDOM=300 random networks against ONNX Runtime (its Python package goes into build/)'
	@echo 'make test-triton   a stock tritonclient.http against the daemon (goes into build/)'
	@echo 'make test-prometheus  promtool and a real Prometheus on /metrics (needs the package prometheus)'
	@echo 'make test-training  the networks of training/ and what the engine makes of them (needs torch: PYTHON=...)'
	@echo 'make faults        fail every allocation and thread in turn: at start and in each kind of request'
	@echo 'make fuzz          fuzz every reader of untrusted bytes for FUZZ_SECONDS=60 each (needs clang)'
	@echo 'make bench-kernels  time every convolution kernel on layers of real networks, with each instruction set'
	@echo 'make bench-json    time the gates of SE-ResNet-50 as JSON'
	@echo 'make bench         time nine networks against ONNX Runtime (goes into build/; needs node, npm, python3-venv)'
	@echo '                   MODELS="seresnet* builtin" THREADS="1 2" ROUNDS=6 NCNN=1 CHECK=1 JSON=1; bench-quick: one round'
	@echo 'make bench-http    the daemon against a Node server: requests a second and latencies (needs wrk besides)'
	@echo '                   MODELS="seresnet50 builtin" HTTP_ROUNDS=3 CHECK=1 JSON=1'
	@echo 'make bench-image   time the way from a photo to the tensor against stb_image, Pillow and sharp (go into build/)'
	@echo 'make deps | format | format-check | lint | install | clean'
	@echo 'SANITIZE=address,undefined|thread  DEVELOPER=1  V=1  CC=clang'
