#!/usr/bin/env bash
# What an organisation's registrar does at its Fabric CA, by fabric-ca-client. The members' own keys are
# not made here: `npm run network:fabric-ca -- enrol` makes them at the member (README.md).
#
#   registrar.sh login                    enrols the registrar itself; the password is in REGISTRAR_SECRET_FILE
#   registrar.sh register MEMBER FILE     registers a client, writes its one-time secret to FILE
#   registrar.sh revoke CERTIFICATE       revokes one certificate (PEM), writes the list to $REGISTRAR_HOME/msp/crls
#
# CA_URL            https://ca.merchants.example:7054
# CA_TLS_ROOT       PEM of the authority of the CA's TLS certificate
# REGISTRAR_HOME    folder of the registrar's own identity; keep it to yourself
set -euo pipefail
umask 077
: "${CA_URL:?}" "${CA_TLS_ROOT:?}" "${REGISTRAR_HOME:?}"
ca() { fabric-ca-client "$@" --home "$REGISTRAR_HOME" --tls.certfiles "$CA_TLS_ROOT" --loglevel warning; }

case "${1:-}" in
login)
  secret=$(head -n 1 "${REGISTRAR_SECRET_FILE:?}")
  # The client takes the password in its URL only: run this where nobody else lists processes.
  ca enroll --url "${CA_URL/https:\/\//https://registrar:${secret}@}"
  ;;
register)
  member=${2:?name the member} file=${3:?name the file for its secret}
  # OU=client comes from the type; one enrolment only, and no powers of a registrar.
  ca register --url "$CA_URL" --id.name "$member" --id.type client --id.affiliation '' \
    --id.maxenrollments 1 | sed -n 's/^Password: //p' >"$file"
  [ -s "$file" ] || { echo "The CA gave no secret for $member." >&2; exit 1; }
  ;;
revoke)
  certificate=${2:?name the certificate}
  serial=$(openssl x509 -in "$certificate" -noout -serial | cut -d= -f2)
  aki=$(openssl x509 -in "$certificate" -noout -ext authorityKeyIdentifier |
    sed -n 's/^ *\(keyid:\)\{0,1\}\([0-9A-F:]\{20,\}\)$/\2/p' | tr -d ':' | head -n 1)
  ca revoke --url "$CA_URL" --revoke.serial "$serial" --revoke.aki "$aki" --revoke.reason superseded --gencrl
  ;;
*)
  sed -n '2,11p' "$0" >&2
  exit 2
  ;;
esac
