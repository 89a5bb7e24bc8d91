# syntax=docker/dockerfile:1
# The contracts, for the peers of one organisation. Build it at the root of the repository (README.md beside this file).

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY crypto crypto
COPY chaincode chaincode
COPY gateway gateway
COPY network network
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN npx tsc -b chaincode/server

FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY crypto/package.json crypto/
COPY chaincode/rules/package.json chaincode/rules/
COPY chaincode/contracts/package.json chaincode/contracts/
COPY chaincode/server/package.json chaincode/server/
COPY gateway/protocol/package.json gateway/protocol/
COPY gateway/ledger/package.json gateway/ledger/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @veilsum/chaincode-server
COPY --from=build /build/crypto/dist crypto/dist
COPY --from=build /build/chaincode/rules/dist chaincode/rules/dist
COPY --from=build /build/chaincode/contracts/dist chaincode/contracts/dist
COPY --from=build /build/chaincode/server/dist chaincode/server/dist
COPY --from=build /build/gateway/protocol/dist gateway/protocol/dist
COPY --from=build /build/gateway/ledger/dist gateway/ledger/dist
COPY network/production/images/health.mjs ./

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app /app
# Owned by root, run by another: the program cannot change itself.
USER 10001:10001
# Fabric's chaincode server answers no health call; that it listens is all there is to ask.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/app/health.mjs", "listening", "9999"]
EXPOSE 9999
ENTRYPOINT ["node", "/app/chaincode/server/dist/main.js"]
CMD ["--config", "/etc/veilsum/config.json"]
