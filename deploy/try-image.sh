#!/bin/sh
# Builds the image from a program that is there already, and tries it as it should run: its own account, no capability, a
# root file system that can't be written. No registry is needed: the base image is made of Debian's packages.
#
#   sh deploy/try-image.sh FOLDER    the folder that holds `vasari`, such as target/dist
#
# As root, on Debian; what it makes lies in /var/tmp/vasari-image, and the base is kept there for the next time.
# Needs: apt-get install --no-install-recommends buildah podman runc debootstrap curl
set -eu

if [ $# -lt 1 ]; then
    echo "usage: sh deploy/try-image.sh FOLDER" >&2
    exit 2
fi
program=$(cd "$1" && pwd)
[ -x "$program/vasari" ] || { echo "$program has no program named vasari" >&2; exit 2; }
root=$(cd "$(dirname "$0")/.." && pwd)
work=${VASARI_IMAGE_WORK:-/var/tmp/vasari-image}
mkdir -p "$work"

for needed in buildah podman runc debootstrap curl; do
    command -v "$needed" > /dev/null || {
        echo "$needed is missing: apt-get install --no-install-recommends buildah podman runc debootstrap curl" >&2
        exit 1
    }
done

# Folders instead of overlays, and a chroot instead of namespaces to build in: that works within containers as well.
set -- --root "$work/storage" --runroot "$work/run" --storage-driver vfs
if ! [ -f "$work/debian.tar" ]; then
    echo "== The base: debian:bookworm-slim, near enough"
    rm -rf "$work/debian"
    debootstrap --variant=minbase bookworm "$work/debian" > "$work/debootstrap.log"
    # What the slim image leaves out.
    rm -rf "$work/debian/usr/share/doc" "$work/debian/usr/share/man" "$work/debian/usr/share/locale" \
        "$work/debian/var/cache/apt"/* "$work/debian/var/lib/apt/lists"/*
    tar --create --file "$work/debian.tar" --directory "$work/debian" .
    rm -rf "$work/debian"
fi
podman "$@" image exists localhost/debian:bookworm-slim 2> /dev/null ||
    podman "$@" import --quiet "$work/debian.tar" localhost/debian:bookworm-slim 2> /dev/null

echo "== The image"
buildah "$@" build --isolation chroot --format docker --target vasari --tag localhost/vasari \
    --build-arg RUNTIME_IMAGE=localhost/debian:bookworm-slim --build-context "program=$program" \
    --file "$root/Dockerfile" "$root"
podman "$@" image inspect localhost/vasari --format 'size: {{.Size}} bytes, account: {{.Config.User}}' 2> /dev/null

echo "== It runs"
port=${PORT:-18743}
limit=$(ulimit -H -n)
[ "$limit" = unlimited ] && limit=16384
container=vasari-try-$$
podman "$@" --cgroup-manager cgroupfs --runtime "$(command -v runc)" run --detach --name "$container" --network host \
    --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges \
    --ulimit "nofile=$limit:$limit" --ulimit nproc=4096:4096 \
    --env VASARI_HOST=127.0.0.1 --env VASARI_PORT="$port" --env API_KEY=secret --env DATABASE_URL=none \
    localhost/vasari > /dev/null 2> "$work/run.log" || { cat "$work/run.log" >&2; exit 1; }
stop() {
    podman "$@" stop --time 30 "$container" > /dev/null 2>&1 || true
    podman "$@" logs "$container" 2> /dev/null | sed 's/^/   /'
    podman "$@" rm --force --volumes "$container" > /dev/null 2>&1 || true
}
trap 'stop "$@"' EXIT

url=http://127.0.0.1:$port
tries=0
until curl --silent --fail --output /dev/null "$url/readyz"; do
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || { echo "it was not ready in a minute" >&2; exit 1; }
    sleep 0.5
done
for path in livez readyz; do
    printf '%s: ' "$path"
    curl --silent --show-error --fail "$url/$path"
done
within() {
    podman "$@" 2> /dev/null
}
printf 'account: '
within "$@" exec "$container" id --user
printf 'capabilities: '
within "$@" exec "$container" sh -c 'grep CapEff /proc/1/status'
if within "$@" exec "$container" touch /written; then
    echo "/ can be written" >&2
    exit 1
fi
echo "/ is read-only"
echo "a caption:"
curl --silent --show-error --fail --header "Authorization: Bearer secret" \
    --form "image=@$root/model/demo/samples/scene-02.png" "$url/caption"
echo
printf 'health: '
within "$@" exec "$container" vasari health --ready
echo "== It stops"
