#!/usr/bin/env bash
# Make the demonstration district if it is not there yet, then serve it. usage: run-demo.sh LIANDONG [MESSAGES.jsonl]
set -euo pipefail
liandong=$1
messages=${2:-}
home=${LIANDONG_HOME:?}
mkdir -p "$home"

# demo.json is written last: without it an earlier attempt was cut short, and what it left is thrown away.
if [ ! -e "$home/demo.json" ]; then
  if [ -z "${LIANDONG_DATABASE_URL:-}" ]; then
    rm -f "$home"/liandong.sqlite3 "$home"/liandong.sqlite3-wal "$home"/liandong.sqlite3-shm
  fi
  if [ -n "$messages" ]; then
    "$liandong" demo --messages "$messages"
  else
    "$liandong" demo
  fi
fi
cat <<TEXT

  页面  http://127.0.0.1:${PORT}/
  账号  desk（接警员）  desk_lead（值班长）  duty_office（区政府值班室）  cg（区城市管理局）  inspector（督检考评）
  密码  Liandong-2018（只用于示范；liandong user list 列出全部账号）

TEXT
# A demonstration may send webhooks to this very machine; in earnest an administrator names the hosts.
export LIANDONG_WEBHOOK_ALLOW=${LIANDONG_WEBHOOK_ALLOW:-127.0.0.1,localhost}
exec "$liandong" serve --port "$PORT"
