# This file builds three images: api (without torch), trainer and mlflow. The packages are installed first, checked by
# their hashes. The code is copied last, so that an image rebuilds in seconds after a change of code.

FROM python:3.11-slim AS base
ENV PATH=/app/bin:/opt/evenkeel/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1
# A new volume gets the owner of the folder that it is mounted on.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin evenkeel \
    && install -d -o evenkeel -g evenkeel /data /datasets /artifacts \
       /secrets /secrets/api /secrets/own /secrets/lab /secrets/mlflow /secrets/postgres /secrets/redis
USER 10001:10001
WORKDIR /tmp

FROM base AS tools
USER root
# Compiled here once: the containers' user may not write into /opt, so each start would compile all that it imports.
ENV VIRTUAL_ENV=/opt/evenkeel UV_LINK_MODE=copy UV_HTTP_TIMEOUT=300 UV_COMPILE_BYTECODE=1
RUN --mount=type=cache,target=/root/.cache \
    pip install --quiet --disable-pip-version-check --root-user-action ignore uv \
    && python -m venv --without-pip /opt/evenkeel
WORKDIR /build

FROM tools AS api-packages
COPY docker/api.lock .
RUN --mount=type=cache,target=/root/.cache uv pip install --quiet --require-hashes -r api.lock \
    && find /opt/evenkeel -type d -name tests -prune -exec rm -r {} + \
    && find /opt/evenkeel -type f -regex '.*\.\(c\|h\|pyx\|pxd\|pyi\)' -delete && rm -f /opt/evenkeel/.lock

FROM tools AS trainer-packages
COPY docker/trainer.lock .
RUN --mount=type=cache,target=/root/.cache uv pip install --quiet --require-hashes -r trainer.lock \
    && rm -f /opt/evenkeel/.lock

FROM tools AS mlflow-packages
COPY docker/mlflow.lock .
RUN --mount=type=cache,target=/root/.cache uv pip install --quiet --require-hashes -r mlflow.lock \
    && rm -f /opt/evenkeel/.lock

# Only root may change the code, whatever the file modes in the clone are.
FROM base AS code
USER root
COPY docker/evenkeel /app/bin/evenkeel
COPY evenkeel /app/evenkeel
COPY models /app/models

FROM code AS api-code
COPY api /app/api
RUN python -m compileall -q /app && chmod -R u=rwX,go=rX /app

FROM code AS trainer-code
COPY trainer /app/trainer
RUN python -m compileall -q /app && chmod -R u=rwX,go=rX /app

FROM base AS mlflow-code
USER root
COPY docker/mlflow /app/bin
COPY mlflow_server /app/mlflow_server
RUN python -m compileall -q /app && chmod -R u=rwX,go=rX /app

FROM base AS mlflow
COPY --from=mlflow-packages /opt/evenkeel /opt/evenkeel
COPY --from=mlflow-code /app /app
EXPOSE 5000
CMD ["serve"]

FROM base AS trainer
COPY --from=trainer-packages /opt/evenkeel /opt/evenkeel
COPY --from=trainer-code /app /app
ARG CODE_VERSION
ENV EVENKEEL_CODE_VERSION=$CODE_VERSION
CMD ["python", "-m", "trainer"]

FROM base AS api
COPY --from=api-packages /opt/evenkeel /opt/evenkeel
COPY --from=api-code /app /app
ARG CODE_VERSION
ENV EVENKEEL_CODE_VERSION=$CODE_VERSION
EXPOSE 8000
CMD ["python", "-m", "api"]
