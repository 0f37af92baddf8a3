#!/bin/sh
# Makes the role that servers log in as, once, when the database is new: it owns nothing, so that no server can take the
# guards off the trail. What it may do is given by `batchwright store grant`.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/server)" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE batchwright_server LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE batchwright TO batchwright_server;
SQL
