#!/usr/bin/env bash
# What `make container-test` does: build the Dockerfile, run the tiny experiment in it as a user who
# is not root, and compare every result with a local run, byte for byte. It needs no daemon and no
# registry of images: the base image is made of Debian's packages and bears the published one's
# name. Exits with 77 and one line where that is not possible.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
cd "$here/../.."
packages="buildah debootstrap"
inside=$PWD/results/container-test
user=1000:1000

skip() { echo "container-test skipped: $1" >&2; exit 77; }
took() { echo "container-test: $1 after $SECONDS s"; }

[ "$(id -u)" = 0 ] || skip "making a base image needs root"
if ! command -v $packages >/dev/null; then
  command -v apt-get >/dev/null || skip "no apt-get here to install $packages"
  export DEBIAN_FRONTEND=noninteractive
  (apt-get update && apt-get install -y --no-install-recommends $packages) >/tmp/buildah.log 2>&1 ||
    skip "apt-get could not install $packages (see /tmp/buildah.log)"
fi

place=$(mktemp -d /tmp/container.XXXXX)
trap 'rm -rf --one-file-system "$place"' EXIT
# Neither overlays nor namespaces, which a container that this runs in may not have.
buildah="buildah --root $place/storage --runroot $place/run --storage-driver vfs"

# python:3.11-slim-bookworm has its Python in /usr/local: so has this one.
image=$(sed -n 's/^FROM //p' Dockerfile)
version=${image#*:}
debootstrap --variant=minbase --include=python3-venv,ca-certificates "${image##*-}" "$place/base" \
  >"$place/debootstrap.log" || skip "no Debian to be had: $(tail -n 1 "$place/debootstrap.log")"
chroot "$place/base" python3 -m venv /usr/local
python=$(chroot "$place/base" /usr/local/bin/python --version)
[[ $python == "Python ${version%%-*}."* ]] || skip "Debian's is $python, and not of $image"
tar -C "$place/base" --one-file-system -c . >"$place/base.tar"
base=$($buildah from scratch)
$buildah add --quiet "$base" "$place/base.tar" / >/dev/null
$buildah commit --quiet --rm "$base" "docker.io/library/$image" >/dev/null
took "base image with $python"

# As pip is set up on this machine, from whatever files that names.
.venv/bin/python "$here/pip_settings.py" "$place/pip.conf" >"$place/mounts"
mapfile -t mounts < <(sed 's/.*/--volume=&:&:ro/' "$place/mounts")
$buildah build --isolation chroot --pull-never --tag nurture \
  --volume "$place/pip.conf:/etc/pip.conf:ro" "${mounts[@]}" . >"$place/build.log" 2>&1 ||
  { tail -n 20 "$place/build.log"; exit 1; }
took "image built"
$buildah images --format '{{.Name}}:{{.Tag}} {{.Size}}'

run=(--configfile config/tiny.yaml --cores "${CORES:-all}")
.venv/bin/snakemake "${run[@]}"
took "local run"

rm -rf "$inside"
mkdir -p "$inside"
cp -a Snakefile workflow config envs profiles "$inside"
chown -R "$user" "$inside"
container=$($buildah from --pull-never nurture)
entry=$($buildah inspect --format '{{index .OCIv1.Config.Entrypoint 0}}' "$container")
# Other kernels of OpenBLAS add in another order: a choice of this machine holds inside as well.
mapfile -t kernels < <(env | sed -n 's/^OPENBLAS_.*/--env=&/p')
$buildah run --isolation chroot --user "$user" "${kernels[@]}" --volume "$inside:/work" \
  "$container" -- \
  "$entry" "${run[@]}"
took "run in the container"

# Logs and the time that each step took are no results; a cache is of one machine.
diff -rq --exclude=logs --exclude=benchmarks --exclude=cache --exclude=report.html \
  results/tiny "$inside/results/tiny"
# The report names its Python, which may be another 3.11 here.
report() { sed 's/Python 3\.[0-9.]*,/Python 3,/' "$1/results/tiny/report.html"; }
cmp <(report .) <(report "$inside")
echo "container-test: every result has the bytes of the local run"
