#!/bin/sh
# Writes the secrets that compose.yaml reads, once: random passwords, and a certificate for localhost that nobody vouches
# for, to be replaced by your own.
#
#   sh deploy/make-secrets.sh            into deploy/secrets
#   sh deploy/make-secrets.sh FOLDER     into another folder
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/secrets}
if [ -e "$folder/vasari.toml" ]; then
    echo "$folder has secrets already; nothing was changed" >&2
    exit 1
fi

# Letters and digits, which need no quoting in URLs, TOML and JSON.
random() {
    openssl rand -hex 24
}

# Only the owner gets into the folder. The files themselves are for the containers, which run as other accounts.
umask 022
mkdir -p "$folder/tls"
chmod 700 "$folder"
database=$(random)
key_id=$(random)
key=$(random)

printf '%s' "$database" > "$folder/postgres-password"

cat > "$folder/objects.json" <<JSON
{
  "identities": [
    {
      "name": "vasari",
      "credentials": [{ "accessKey": "$key_id", "secretKey": "$key" }],
      "actions": ["Admin:pictures", "List:pictures", "Read:pictures", "Write:pictures"]
    }
  ]
}
JSON

cat > "$folder/vasari.toml" <<TOML
# What both servers read. docs/CONFIGURATION.md has all settings.

[auth]
# Keys for programs. People sign in to the pages with accounts of their own.
api_key = ["$(random)"]
admin_key = ["$(random)"]

[limits]
# nginx, whose network compose.yaml fixes.
trusted_proxy = ["172.30.58.0/24"]

[model]
# Left out: the demo model, which knows only drawn scenes of pictograms.
# model_path = "microsoft/Florence-2-base"
# revision = "main"

[database]
database_url = "postgres://vasari:$database@postgres:5432/vasari"

[object_store]
object_store = "s3://pictures"
s3_endpoint = "http://objects:8333"
s3_access_key_id = "$key_id"
s3_secret_access_key = "$key"

[telemetry]
enable_metrics = true
TOML

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$folder/tls/tls.key" -out "$folder/tls/tls.crt" 2> /dev/null
chmod 644 "$folder/tls/tls.key"
echo "$folder has the secrets; keep it, and show it to nobody"
