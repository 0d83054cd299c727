# Two images of the same contents:
#
#   docker build -t warmsheet .                # runs as user 65532, which must own what it mounts
#   docker build -t warmsheet --target fly .   # starts as root, takes /data over, becomes 65532
#
# Build: everything that the program shows or migrates is compiled in.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock warmsheet.toml ./
COPY src src
COPY migrations migrations
COPY templates templates
COPY benches benches
COPY scripts/build-static scripts/image-root scripts/
RUN scripts/image-root "$(scripts/build-static --release)" /image

# No shell, no package, nothing to keep up to date but the program and its certificates.
FROM scratch AS contents
COPY --from=build /image /
# A named volume that is mounted here for the first time gets this owner.
COPY --from=build --chown=65532:65532 /image/data /data
ENV PATH=/usr/local/bin DATABASE_URL=sqlite:///data/warmsheet.db PORT=8080
EXPOSE 8080
VOLUME /data
WORKDIR /data
# As process 1, so that SIGTERM reaches it. Other subcommands work as well: `docker run … check`.
ENTRYPOINT ["/usr/local/bin/warmsheet"]
CMD ["serve"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["/usr/local/bin/warmsheet", "health"]

# Where a fresh volume belongs to root. The program is root until it has taken the volume over and
# in no case when it serves; see src/cli/run_as.rs.
FROM contents AS fly
ENV WARMSHEET_RUN_AS=65532 WARMSHEET_OWN=/data

FROM contents
USER 65532:65532
