# What the layers' makefiles share. `sam build` calls `make build-<LogicalId>` in a copy of the layer's
# folder, with ARTIFACTS_DIR set and the rest of the environment handed on.

# Must say what the template's parameter Architecture says; `make build` sees to it.
PARUTION_ARCHITECTURE ?= arm64

PLATFORM_arm64 := aarch64-manylinux_2_28
PLATFORM_x86_64 := x86_64-manylinux_2_28
PLATFORM = $(or $(PLATFORM_$(PARUTION_ARCHITECTURE)),$(error PARUTION_ARCHITECTURE is '$(PARUTION_ARCHITECTURE)' - write arm64 or x86_64))

define install
uv pip install --quiet --require-hashes --only-binary :all: --no-deps \
	--python-version 3.13 --python-platform $(PLATFORM) \
	--target "$(ARTIFACTS_DIR)/python" --requirements requirements.txt
rm -rf "$(ARTIFACTS_DIR)/python/bin" "$(ARTIFACTS_DIR)/python/.lock"
endef

# Lambda cannot write below /opt, so without this every cold start compiles every module again.
define compile
python3.13 -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt "$(ARTIFACTS_DIR)/python"
endef
