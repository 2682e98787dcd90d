#!/usr/bin/env bash
# The README's first command as a user would run it: a fresh clone in an empty folder, twice; then the real thing is asked.
# PULSE_README_INSTALL=no shares this checkout's node_modules (for a quick look); CI installs anew.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone -q . "$folder/pulse"
cd "$folder/pulse"
npm ci --no-audit --no-fund
npx --no-install pulse materialize fact_orders
npx --no-install pulse materialize fact_orders | tee "$folder/second"
grep -qi 'nothing to do' "$folder/second"
rows=$(npx --no-install pulse query --format csv 'SELECT COUNT(*) AS n FROM fact_orders' | tail -1)
echo "fact_orders has $rows rows"
[ "$rows" -gt 0 ]
