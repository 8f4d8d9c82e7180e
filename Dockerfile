# Vasari's images.
#
#   docker build --target vasari      --tag vasari .       for the CPU
#   docker build --target vasari-cuda --tag vasari-cuda .  for NVIDIA GPUs
#
# A program that is built already goes into an image without being built again: a folder that holds it takes the place of
# the stage `program`.
#
#   docker build --build-context program=target/dist --tag vasari .

ARG RUST_IMAGE=rust:1.95-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

# ---- What builds the program, pages and all ----
FROM ${RUST_IMAGE} AS build
# The style sheet and the font come from npm packages.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-unknown-unknown
WORKDIR /vasari
COPY . .
# The commit, which GET /system_info tells.
ARG REVISION=unknown
ENV VASARI_BUILD_REVISION=${REVISION} CARGO_TARGET_DIR=/target npm_config_cache=/var/cache/npm
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/var/cache/npm,sharing=locked \
    --mount=type=cache,target=/target,sharing=locked \
    cargo xtask dist --program-only && install -D /target/dist/vasari /program/vasari

FROM build AS build-cuda
# The bindings of the toolkit whose compiler is in the image, whatever is newest.
ENV CUDARC_CUDA_VERSION=12080
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/var/cache/npm,sharing=locked \
    --mount=type=cache,target=/target,sharing=locked \
    cargo xtask dist --program-only --features cuda && install -D /target/dist/vasari /program/vasari

FROM scratch AS program
COPY --from=build /program/vasari /vasari

FROM scratch AS program-cuda
COPY --from=build-cuda /program/vasari /vasari

# ---- NVIDIA's run-time compiler and the headers that it reads: Vasari compiles its kernels where they run ----
FROM ${RUNTIME_IMAGE} AS cuda
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3-pip \
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --no-deps --only-binary=:all: --target /wheels \
        nvidia-cuda-cccl-cu12==12.8.90 \
        nvidia-cuda-nvcc-cu12==12.8.93 \
        nvidia-cuda-nvrtc-cu12==12.8.93 \
        nvidia-cuda-runtime-cu12==12.8.90 \
    && mkdir --parents /cuda/include /cuda/lib64 \
    && for part in cccl nvcc nvrtc runtime; do cp --recursive "/wheels/nvidia/cuda_$part/include/." /cuda/include/; done \
    && cp /wheels/nvidia/cuda_nvrtc/lib/libnvrtc.so.12 /wheels/nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.8 /cuda/lib64/ \
    && rm --recursive /wheels

# ---- What runs ----
FROM ${RUNTIME_IMAGE} AS runtime
# More Debian packages: `postgresql` for a server that keeps its own database, `postgresql-client` for `vasari backup`.
ARG PACKAGES=""
# The list of packages is split at its spaces.
# hadolint ignore=DL3008,SC2086
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates ${PACKAGES} \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && groupadd --gid 10001 vasari \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin vasari \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data
ENV VASARI_HOST=0.0.0.0 VASARI_PORT=8000 VASARI_DATA_DIR=/data HF_HOME=/data/huggingface
# By number, so that Kubernetes can tell that it isn't root.
USER 10001:10001
WORKDIR /data
# All that is written: everything else may be read-only, save /tmp.
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["vasari", "health"]
ENTRYPOINT ["vasari"]
CMD ["serve"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vasari" \
      org.opencontainers.image.description="Captions pictures with Florence-2, and keeps, compares and corrects captions." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM runtime AS vasari-cuda
COPY --from=cuda /cuda /usr/local/cuda
# NVIDIA's container toolkit adds the driver where it finds these.
ENV CUDA_PATH=/usr/local/cuda LD_LIBRARY_PATH=/usr/local/cuda/lib64 \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=program-cuda /vasari /usr/local/bin/vasari

# The last stage is what is built where no target is named.
FROM runtime AS vasari
COPY --from=program /vasari /usr/local/bin/vasari
