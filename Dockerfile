# Harness and reference service in one image. `docker/build.sh` builds it also where no image registry can be reached.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS built
LABEL deadair.image=yes
# What a folder `wheels` holds need not be fetched; with PIP_NO_INDEX=1 nothing is.
COPY pyproject.toml requirements.lock docker/run_requirements.py wheels* /needs/
ARG PIP_NO_INDEX
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_FIND_LINKS=/needs
RUN python3 -m venv /opt/deadair \
 && cd /needs && python3 run_requirements.py > run.lock \
 && /opt/deadair/bin/pip install --quiet --require-hashes -r run.lock
COPY . /source
RUN /opt/deadair/bin/pip wheel --quiet --no-deps --wheel-dir /tmp/wheel /source \
 && /opt/deadair/bin/pip install --quiet --no-deps /tmp/wheel/*.whl

FROM ${BASE_IMAGE}
LABEL deadair.image=yes
COPY --from=built /opt/deadair /opt/deadair
ENV PATH=/opt/deadair/bin:$PATH PYTHONUTF8=1 PYTHONUNBUFFERED=1
WORKDIR /data
ENTRYPOINT ["python"]
CMD ["-m", "deadair", "--help"]
