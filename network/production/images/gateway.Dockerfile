# syntax=docker/dockerfile:1
# The gateway. Build it at the root of the repository (README.md beside this file).

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY crypto crypto
COPY chaincode chaincode
COPY gateway gateway
COPY network network
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN npx tsc -b gateway/server

FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY crypto/package.json crypto/
COPY chaincode/rules/package.json chaincode/rules/
COPY chaincode/contracts/package.json chaincode/contracts/
COPY gateway/protocol/package.json gateway/protocol/
COPY gateway/ledger/package.json gateway/ledger/
COPY gateway/server/package.json gateway/server/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @veilsum/server
COPY --from=build /build/crypto/dist crypto/dist
COPY --from=build /build/chaincode/rules/dist chaincode/rules/dist
COPY --from=build /build/chaincode/contracts/dist chaincode/contracts/dist
COPY --from=build /build/gateway/protocol/dist gateway/protocol/dist
COPY --from=build /build/gateway/ledger/dist gateway/ledger/dist
COPY --from=build /build/gateway/server/dist gateway/server/dist
COPY network/production/images/health.mjs ./

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app /app
# Owned by root, run by another: the program cannot change itself.
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
  CMD ["node", "/app/health.mjs", "http", "http://127.0.0.1:7502/v1/health/ready"]
EXPOSE 7502
ENTRYPOINT ["node", "/app/gateway/server/dist/main.js"]
CMD ["--config", "/etc/veilsum/gateway/config.json"]
