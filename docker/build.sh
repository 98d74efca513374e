#!/usr/bin/env bash
# Builds the image `deadair` of harness and reference service. Where the base image cannot be pulled, a base is made of
# Debian's own packages. Nothing of the checkout is mounted anywhere: the image holds what its wheel and lock file say.
# Usage: docker/build.sh. BASE_IMAGE names another base; PYTHON another Python with pip, to fetch wheels with.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=localhost/deadair
base=${BASE_IMAGE:-python:3.12-slim}
python=${PYTHON:-.venv/bin/python}
own_base=deadair-base:bookworm

# One at a time in a checkout: the wheels lie in one place.
exec 9<"$PWD/docker/build.sh"
flock 9

have() { docker image inspect "$1" >/dev/null 2>&1; }

if ! have "$base" && ! docker pull --quiet "$base" >/dev/null 2>&1; then
  echo "the image $base cannot be pulled; the base is made of Debian's packages"
  base=$own_base
  if ! have "$base"; then
    command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
    [ "$(id -u)" = 0 ] || { echo "debootstrap needs root; name a base that is there with BASE_IMAGE" >&2; exit 1; }
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$scratch/files" >"$scratch/log" 2>&1 ||
      { tail -n 5 "$scratch/log" >&2; exit 1; }
    rm -rf "$scratch"/files/var/cache/apt/archives/*.deb "$scratch"/files/var/lib/apt/lists/*
    tar -C "$scratch/files" -c . | docker import --message "debootstrap bookworm" - "$base" >/dev/null
    rm -rf "$scratch"
    trap - EXIT
  fi
fi

# The wheels are fetched out here, by a pip that is set up for this machine; the build itself needs no network.
version=$(docker run --rm --network none --entrypoint python3 "$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
rm -rf wheels
mkdir wheels
trap 'rm -rf wheels' EXIT
"$python" docker/run_requirements.py setuptools wheel >wheels/run.lock
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
  --python-version "$version" --dest wheels -r wheels/run.lock

build_once() { docker build --quiet --force-rm --build-arg BASE_IMAGE="$base" --build-arg PIP_NO_INDEX=1 "$@" . >/dev/null; }
# Whoever prunes images at this moment may take a layer away: what is lost is built again.
build() { build_once "$@" || build_once "$@"; }
# The stage that installs has a tag, so that the next build finds it, and nothing stays without one.
build --target built --tag "$tag-stage"
build --tag "$tag"
name=$(docker run --rm --network none "$tag" -m deadair.targets.reference_docker)
docker tag "$tag" "$name"
docker image prune --force --filter label=deadair.image=yes >/dev/null
echo "the image $name is built on $base"
