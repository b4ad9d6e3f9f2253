"""What the document cannot say about a valid request, and so schemathesis cannot know."""

import time
from datetime import datetime, timezone

import requests
import schemathesis

ERASURE_SECONDS = 20


@schemathesis.hook
def before_load_schema(ctx, raw_schema):
    """The keys of `metadata.KEY` are those of FACET_KEYS: each installation has its own, the document names none."""
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                patterns = parameter["schema"].get("patternProperties")
                if patterns:
                    (schema,) = patterns.values()
                    parameter["schema"]["patternProperties"] = {r"^metadata\.(channel|product)$": schema}


@schemathesis.hook
def before_call(ctx, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if case.operation.label == "POST /api/v1/redrives" and isinstance(case.body, dict):
        select_something(case.body.get("filter"))
    query = case.query or {}
    # A cursor is opaque: it can only come from an answer, and belongs to the filter it was made for.
    query.pop("cursor", None)
    # Of what is looked for at least one word must be there: which letters make words, no pattern of the document says.
    if "q" in query:
        query["q"] = f"refund {query['q']}"[:1000]
    # The end of a window is later than its start, which no schema can say of two parameters.
    if case.operation.path == "/api/v1/trends":
        # Nor is an interval too short for its window: minutes of a day are few enough.
        query["start_time"], query["end_time"] = "2026-11-29", "2026-11-29T23:00:00Z"
    start, end = read_time(query.get("start_time")), read_time(query.get("end_time"))
    if start is None or end is None or end > start:
        return
    if end < start:
        query["start_time"], query["end_time"] = query["end_time"], query["start_time"]
    else:
        query["start_time"], query["end_time"] = "0001-01-01", "9999-12-31"


@schemathesis.hook
def after_call(ctx, case, response):
    """An erasure is 202: the projector erases a moment later. What is asked for next must find it done (ST301)."""
    if case.operation.label != "DELETE /api/v1/conversations/{conversation_id}" or response.status_code != 202:
        return
    key = response.request.headers.get("Authorization")
    until = time.monotonic() + ERASURE_SECONDS
    while time.monotonic() < until:
        answer = requests.get(response.request.url, headers={"Authorization": key} if key else {}, timeout=10)
        if answer.status_code == 404:
            return
        time.sleep(0.05)


def select_something(filter):
    """A filter selects something, and what it selects begins before it ends."""
    if not isinstance(filter, dict):
        return
    if filter.get("since") is not None:
        filter.pop("until", None)
    if not any(filter.get(name) for name in ("class", "problem", "conversation_id", "failure_id")):
        filter["class"] = "invalid"


def read_time(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        pass
    try:
        time = datetime.fromisoformat(str(text).upper())
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp()
