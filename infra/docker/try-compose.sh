#!/usr/bin/env bash
# Brings docker-compose.yml up, posts a conversation and waits until its insight is served; takes everything down and up
# again: topics, schemas and the insight must still be there, and another one arrive. Ends with the line "compose: ok".
#
#   infra/docker/try-compose.sh               builds the image and uses `docker compose`
#   COMPOSE=… BUILD=no …/try-compose.sh       another compose, and the image that is already there
#
# It runs as a project of its own, with the simulator whatever keys there are, and removes that project alone, data included,
# however it ends. The documented ports must be free. Needs bash, curl, and a compose with `up --wait`.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=--build
[ "${BUILD:-yes}" = yes ] || build=--no-build
gateway=http://127.0.0.1:${GATEWAY_PORT:-8000}
registry=http://127.0.0.1:8081/apis/ccompat/v7
deadline_seconds=120
run=$(date +%s)
# Of the shell, and with --env-file of .env too: this is no place for a real key.
unset GROK_API_KEY GROK_BASE_URL API_KEYS ALLOW_ANONYMOUS

compose() { ${COMPOSE:-docker compose} --project-name conversation-insights-try --env-file /dev/null "$@"; }
say() { printf 'compose: %s (%d s)\n' "$1" "$SECONDS"; }

show_failure() {
  compose ps --all --format 'table {{.Service}}\t{{.Status}}'
  local services
  services=$(compose ps --all --format '{{.Service}} {{.State}}-{{.Health}}-{{.ExitCode}}' |
    awk '$2 != "running-healthy-0" && $2 != "exited--0" { print $1 }')
  # All healthy and yet no insight: then each may tell why. Unquoted: a list of names, or nothing, which means all.
  # shellcheck disable=SC2086
  compose logs --no-color --tail 40 $services
}

finish() {
  local status=$?
  trap - EXIT
  if [ "$status" -ne 0 ] && [ "$status" -ne 130 ]; then
    say 'FAILED; what is not well, and the end of its log:'
    show_failure || true
  fi
  compose down --volumes --remove-orphans > /dev/null 2>&1 || { say 'could not take everything down'; status=1; }
  [ "$status" -ne 0 ] || echo 'compose: ok'
  exit "$status"
}

up() { compose up --detach --wait --wait-timeout 180 --quiet-pull "$@"; }

post() {
  curl --silent --show-error --fail-with-body --max-time 30 --header 'content-type: application/json' --data @- \
    "$gateway/api/v1/conversations" <<< "{\"conversation_id\":\"$1\",\"messages\":[
      {\"text\":\"I was charged twice for my order and nobody answers. This is terrible.\",\"inbound\":true},
      {\"text\":\"I am sorry about that, the second charge is refunded now.\",\"inbound\":false}]}" > /dev/null
  say "posted $1"
}

await_insight() {
  local until=$((SECONDS + deadline_seconds)) page=
  local window='start_time=2000-01-01T00:00:00Z&end_time=2100-01-01T00:00:00Z&limit=1000'
  while [ "$SECONDS" -lt "$until" ]; do
    page=$(curl --silent --show-error --max-time 10 "$gateway/api/v1/insights?$window" 2>&1) || true
    if [[ $page == *"\"conversation_id\":\"$1\""* ]]; then
      say "insight of $1 is served"
      return
    fi
    sleep 0.5
  done
  printf 'compose: no insight of %s within %d s; the last answer: %.500s\n' "$1" "$deadline_seconds" "$page"
  return 1
}

trap finish EXIT
trap 'exit 130' INT TERM

compose config --quiet
# What a killed run may have left.
compose down --volumes --remove-orphans > /dev/null 2>&1

up "$build"
say 'everything is healthy'
post "before-$run"
await_insight "before-$run"

# Removes the containers and keeps the volumes. What is there before the jobs have run was in a volume.
compose down
up --no-build kafka registry
compose exec -T kafka /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --list | grep --line-regexp conversations.received
curl --silent --show-error --fail "$registry/subjects" | grep --fixed-strings '"conversations.received-value"'
say 'topics and schemas are still there'
up --no-build --no-recreate
say 'everything is healthy again'
await_insight "before-$run"
post "after-$run"
await_insight "after-$run"
