# The version of Python that the tests run on.
FROM python:3.11.15-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /build

# The dependencies first: they change less often than the code.
COPY requirements.lock ./
RUN pip wheel --require-hashes -r requirements.lock --wheel-dir /wheels

COPY pyproject.toml README.md LICENSE ./
COPY detectors detectors
COPY sinks sinks
COPY listener listener
# The lock holds what builds the wheel too. The result gets, from the wheels whose hashes were
# checked, only what the product itself asks for: no builder, no pip. There is one version of
# each in /wheels, the lock's, so that none need be named here.
# hadolint ignore=DL3013
RUN pip install --no-index --find-links /wheels hatchling editables \
 && pip wheel --no-deps --no-build-isolation . --wheel-dir /wheels \
 && python -m venv --without-pip /opt/listener \
 && pip --python /opt/listener/bin/python install --no-index --find-links /wheels listener \
 && pip --python /opt/listener/bin/python check \
 && /opt/listener/bin/listener --help > /dev/null


FROM python:3.11.15-slim-trixie

RUN groupadd --gid 10001 listener \
 && useradd --uid 10001 --gid listener --no-create-home --home-dir /var/lib/listener \
      --shell /usr/sbin/nologin listener \
 && install -d -o listener -g listener /var/lib/listener
COPY --from=build /opt/listener /opt/listener

ENV PATH=/opt/listener/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LISTENER_DATA_DIR=/var/lib/listener \
    LISTENER_METRICS__HOST=0.0.0.0
WORKDIR /var/lib/listener
USER 10001:10001
EXPOSE 9108
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9108/healthz', timeout=4)"]
ENTRYPOINT ["listener"]
CMD ["run", "--config", "/etc/listener/listener.yaml"]
