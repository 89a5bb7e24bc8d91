# syntax=docker/dockerfile:1
# One keyholder. It listens on no port. Build it at the root of the repository (README.md beside this file).

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY crypto crypto
COPY chaincode chaincode
COPY gateway gateway
COPY network network
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN npx tsc -b gateway/keyholder

FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY crypto/package.json crypto/
COPY chaincode/rules/package.json chaincode/rules/
COPY chaincode/contracts/package.json chaincode/contracts/
COPY gateway/protocol/package.json gateway/protocol/
COPY gateway/ledger/package.json gateway/ledger/
COPY gateway/keyholder/package.json gateway/keyholder/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @veilsum/keyholder
COPY --from=build /build/crypto/dist crypto/dist
COPY --from=build /build/chaincode/rules/dist chaincode/rules/dist
COPY --from=build /build/chaincode/contracts/dist chaincode/contracts/dist
COPY --from=build /build/gateway/protocol/dist gateway/protocol/dist
COPY --from=build /build/gateway/ledger/dist gateway/ledger/dist
COPY --from=build /build/gateway/keyholder/dist gateway/keyholder/dist
COPY network/production/images/health.mjs ./

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app /app
# Owned by root, run by another: the program cannot change itself.
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=4 \
  CMD ["node", "/app/health.mjs", "alive", "/run/veilsum"]
ENTRYPOINT ["node", "/app/gateway/keyholder/dist/main.js"]
CMD ["--config", "/etc/veilsum/keyholder/config.json"]
