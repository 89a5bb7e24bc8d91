#!/usr/bin/env bash
# Puts a Fabric CA's revocation list into the channel's configuration, so that from that block on every
# peer and orderer refuses what the revoked certificates sign. Run it as an administrator of the
# organisation, with the peer's settings in the environment (CORE_PEER_ADDRESS, CORE_PEER_LOCALMSPID,
# CORE_PEER_MSPCONFIGPATH, CORE_PEER_TLS_ENABLED, CORE_PEER_TLS_ROOTCERT_FILE, FABRIC_CFG_PATH).
#
#   channel-revocation-list.sh LIST CHANNEL ORDERER ORDERER_TLS_ROOT [ORDERER_NAME]
#
# LIST is the PEM that `registrar.sh revoke` wrote; it holds all revoked certificates that have not expired,
# and takes the place of the list that the channel had.
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,10p' "$0" >&2
  exit 2
fi
list=$1 channel=$2 orderer=$3 orderer_root=$4 orderer_name=${5:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
orderer_flags=(--orderer "$orderer" --tls --cafile "$orderer_root")
[ -z "$orderer_name" ] || orderer_flags+=(--ordererTLSHostnameOverride "$orderer_name")

peer channel fetch config "$work/block.pb" --channelID "$channel" "${orderer_flags[@]}"
configtxlator proto_decode --type common.Block --input "$work/block.pb" --output "$work/block.json"
node --input-type=module - "$work" "$list" "${CORE_PEER_LOCALMSPID:?}" <<'PROGRAM'
import { readFileSync, writeFileSync } from 'node:fs';
const [work, list, mspId] = process.argv.slice(2);
const { config } = JSON.parse(readFileSync(`${work}/block.json`, 'utf8')).data.data[0].payload.data;
const { groups } = config.channel_group.groups.Application;
const own = Object.values(groups).find(({ values }) => values.MSP.value.config.name === mspId);
if (own === undefined) throw new Error(`The channel has no organisation ${mspId}.`);
writeFileSync(`${work}/before.json`, JSON.stringify(config));
own.values.MSP.value.config.revocation_list = [readFileSync(list).toString('base64')];
writeFileSync(`${work}/after.json`, JSON.stringify(config));
PROGRAM
for state in before after; do
  configtxlator proto_encode --type common.Config --input "$work/$state.json" --output "$work/$state.pb"
done
configtxlator compute_update --channel_id "$channel" --original "$work/before.pb" --updated "$work/after.pb" --output "$work/update.pb"
configtxlator proto_decode --type common.ConfigUpdate --input "$work/update.pb" --output "$work/update.json"
node --input-type=module - "$work" "$channel" <<'PROGRAM'
import { readFileSync, writeFileSync } from 'node:fs';
const [work, channel] = process.argv.slice(2);
const config_update = JSON.parse(readFileSync(`${work}/update.json`, 'utf8'));
const header = { channel_header: { channel_id: channel, type: 2 } };
writeFileSync(`${work}/envelope.json`, JSON.stringify({ payload: { header, data: { config_update } } }));
PROGRAM
configtxlator proto_encode --type common.Envelope --input "$work/envelope.json" --output "$work/envelope.pb"
peer channel update --file "$work/envelope.pb" --channelID "$channel" "${orderer_flags[@]}"
