# syntax is plain Dockerfile: no front end is fetched to build this
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# The lock comes first, so that a change of our code does not fetch everything again.
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/sync-service \
 && /opt/sync-service/bin/pip install --require-hashes --only-binary :all: -r requirements.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY config config
COPY sync_service sync_service
RUN /opt/build/bin/hatchling build -t wheel -d /wheel \
 && /opt/sync-service/bin/pip install --no-index --no-deps /wheel/*.whl \
 && /opt/sync-service/bin/python -m compileall -q /opt/sync-service/lib \
 && /opt/sync-service/bin/pip uninstall -q -y pip

FROM python:3.12-slim
LABEL org.opencontainers.image.title="sync-service" \
      org.opencontainers.image.description="Keeps help-desk tickets in step, both ways" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 sync-service \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin sync-service \
 && install -d -o 10001 -g 10001 -m 750 /data \
 && install -d -m 755 /config
COPY --from=build /opt/sync-service /opt/sync-service
ENV PATH=/opt/sync-service/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SYNC_CONFIG=/config/sync.yaml
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Ready, not merely alive: what is unhealthy here says why in `docker inspect`.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["sync-service", "health"]
ENTRYPOINT ["sync-service"]
CMD ["run"]
