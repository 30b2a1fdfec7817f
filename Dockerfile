# syntax=docker/dockerfile:1
# All programs, one image each: docker build --target eureka-server .   (product-service, partner-service,
# gateway)

FROM rust:1.95.0-bookworm AS build
WORKDIR /source
COPY . .
# Two caches outlive the build, so that a change of the sources compiles only itself; programs are
# therefore taken out of the second before it ends.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked \
        --package eureka-server --package gateway \
        --package product-service --package partner-service \
    && mkdir -p /programs /empty/data \
    && cp target/release/eureka-server target/release/gateway \
        target/release/product-service target/release/partner-service /programs/

# Nothing but the C library, certificates and time zones: no shell, no package manager. Programs run
# as nobody in particular (65532) and check their own health.
FROM gcr.io/distroless/cc-debian12:nonroot AS base
WORKDIR /service
# Where a service without DATABASE_URL keeps its file; mount a volume there.
COPY --from=build --chown=65532:65532 /empty/data /service/data
USER 65532:65532
STOPSIGNAL SIGTERM

FROM base AS eureka-server
COPY --from=build /programs/eureka-server /usr/local/bin/eureka-server
EXPOSE 8761
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["/usr/local/bin/eureka-server", "--health-check"]
ENTRYPOINT ["/usr/local/bin/eureka-server"]

FROM base AS product-service
COPY --from=build /programs/product-service /usr/local/bin/product-service
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["/usr/local/bin/product-service", "--health-check"]
ENTRYPOINT ["/usr/local/bin/product-service"]

FROM base AS partner-service
COPY --from=build /programs/partner-service /usr/local/bin/partner-service
EXPOSE 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["/usr/local/bin/partner-service", "--health-check"]
ENTRYPOINT ["/usr/local/bin/partner-service"]

# Its routes: mount a file of your own as /service/application.yml.
FROM base AS gateway
COPY --from=build /programs/gateway /usr/local/bin/gateway
COPY gateway/application.yml /service/application.yml
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["/usr/local/bin/gateway", "--health-check"]
ENTRYPOINT ["/usr/local/bin/gateway"]
