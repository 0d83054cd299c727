# Build: everything that the program shows or migrates is compiled in.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY migrations migrations
COPY templates templates
COPY benches benches
RUN cargo build --release --locked --bin warmsheet

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin warmsheet \
    && mkdir /data && chown warmsheet: /data
COPY --from=build /src/target/release/warmsheet /usr/local/bin/warmsheet
COPY scripts/docker-entrypoint /usr/local/bin/docker-entrypoint
ENV DATABASE_URL=sqlite:///data/warmsheet.db PORT=8080
EXPOSE 8080
VOLUME /data
WORKDIR /data
# Starts as root only to take over the volume; the service runs as `warmsheet`, as process 1, so
# that SIGTERM reaches it. Other subcommands work as well: `docker run … check`.
ENTRYPOINT ["docker-entrypoint"]
CMD ["serve"]
