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
    && useradd --system --uid 10001 --no-create-home warmsheet \
    && mkdir /data && chown warmsheet:warmsheet /data
COPY --from=build /src/target/release/warmsheet /usr/local/bin/warmsheet
ENV DATABASE_URL=sqlite:///data/warmsheet.db PORT=8080
EXPOSE 8080
VOLUME /data
WORKDIR /data
# A fresh volume belongs to root, and only root can hand it over; the service itself never runs
# as root. `exec` makes it process 1, so that SIGTERM reaches it.
CMD ["/bin/sh", "-c", "if [ \"$(id -u)\" = 0 ]; then chown warmsheet:warmsheet /data && exec setpriv --reuid=warmsheet --regid=warmsheet --clear-groups warmsheet serve; else exec warmsheet serve; fi"]
