"""The arguments of `@DFF.API`: their checks, and what of them is stored with a function."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from .errors import InvalidOptionException

DEFAULTS: Dict[str, Any] = {
    "title": None,
    "category": None,
    "tags": None,
    "hint": None,
    "kwargs_hint": None,
    "fixed_crontab": None,
    "timeout": None,
    "api_timeout": None,
    "cache_result": None,
    "queue": None,
    "integration": None,
    "integration_config": None,
    "is_hidden": False,
    "is_disabled": False,
    "max_attempts": None,
    "reuse_module": False,
}

# What the later generation, whose crontab configs are cron jobs with a `cronExpr`, calls them.
LATER_NAMES = {"fixed_cron_expr": "fixed_crontab"}

_INTEGRATIONS = {"signin": "signIn", "autorun": "autoRun", "onmqtt": "onMQTT"}
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
_CRONTAB_FIELDS: Tuple[Tuple[str, int, int, Dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("weekday", 0, 7, _DAYS),
)
# Last day, nearest weekday, last or nth weekday of the month: the scheduler knows them, too.
_LAST_OR_NTH = re.compile(r"(L|LW|L-\d{1,2}|\d{1,2}W|(\d|[a-z]{3})(L|#[1-5]))\Z", re.IGNORECASE)
_CRONTAB_MACROS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")


class QueueNames:
    """Which queues a function may ask for; the zygote's settings fill it."""

    aliases: Dict[str, int] = {}
    count = 10


def check(options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options with which a function is stored: category, tags, title, integration and extraConfig. Raises InvalidOptionException."""
    extra: Dict[str, Any] = {}
    for name, key, convert in _EXTRA:
        if options[name] is not None:
            extra[key] = convert(name, options[name])
    for name, key in (("is_hidden", "isHidden"), ("reuse_module", "reuseModule")):
        if _boolean(name, options[name]):
            extra[key] = True
    _boolean("is_disabled", options["is_disabled"])
    integration = _integration(options["integration"])
    if options["integration_config"] is not None:
        extra["integrationConfig"] = _integration_config(integration, options["integration_config"])
    elif integration == "onMQTT":
        raise InvalidOptionException("`integration_config` must give a `topic` for integration 'onMQTT'")
    return {
        "title": _text("title", options["title"]),
        "category": _text("category", options["category"]) or "general",
        "tags": _tags(options["tags"]),
        "integration": integration,
        "extraConfig": extra,
    }


def _wrong(name: str, expected: str, value: Any) -> InvalidOptionException:
    return InvalidOptionException(f"`{name}` must be {expected}, not {value!r} ({type(value).__name__})")


def _text(name: str, value: Any) -> Optional[str]:
    if value is None or isinstance(value, str):
        return value
    raise _wrong(name, "a str", value)


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong(name, "a bool", value)


def _tags(value: Any) -> list:
    if value is None:
        return []
    if not isinstance(value, (list, tuple, set)) or not all(isinstance(tag, str) for tag in value):
        raise _wrong("tags", "a list of str", value)
    return sorted(set(value))


def _integer(low: int, high: int) -> Callable[[str, Any], int]:
    def convert(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _wrong(name, f"an int from {low} to {high}", value)
        return value

    return convert


def _seconds(name: str, value: Any) -> Any:
    if value is False:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise _wrong(name, "a number of seconds (0 or more)", value)
    return value


def _queue(name: str, value: Any) -> int:
    if isinstance(value, str) and value in QueueNames.aliases:
        return QueueNames.aliases[value]
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < QueueNames.count:
        return value
    names = ", ".join(repr(alias) for alias in sorted(QueueNames.aliases))
    raise _wrong(name, f"a queue from 1 to {QueueNames.count - 1}" + (f", or one of {names}" if names else ""), value)


def _json_able(name: str, value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise _wrong(name, "something that JSON can hold", value) from None


def crontab(name: str, value: Any) -> str:
    """Checks five fields (or a macro such as @hourly) and answers them with single spaces."""
    if not isinstance(value, str):
        raise _wrong(name, "a crontab expression with five fields", value)
    if value.strip().lower() in _CRONTAB_MACROS:
        return value.strip()
    fields = value.split()
    if len(fields) != len(_CRONTAB_FIELDS):
        raise _wrong(name, "a crontab expression with five fields", value)
    for text, (field, low, high, names) in zip(fields, _CRONTAB_FIELDS):
        for part in text.split(","):
            if not _is_crontab_part(part, low, high, names):
                raise _wrong(name, f"a crontab expression; {part!r} is no {field} ({low}-{high})", value)
    return " ".join(fields)


def _is_crontab_part(part: str, low: int, high: int, names: Dict[str, int]) -> bool:
    body, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and int(step) > 0):
        return False
    if body in ("*", "?"):
        return True
    if not slash and high in (31, 7) and _LAST_OR_NTH.match(body):
        return True
    first, dash, last = body.partition("-")
    ends = (first, last) if dash else (first,)
    return all(low <= names.get(end.lower(), int(end) if end.isascii() and end.isdigit() else -1) <= high for end in ends)


def _integration(value: Any) -> Optional[str]:
    if value is None:
        return None
    known = _INTEGRATIONS.get(value.replace("_", "").lower()) if isinstance(value, str) else None
    if known is None:
        raise _wrong("integration", "one of " + ", ".join(map(repr, _INTEGRATIONS.values())), value)
    return known


def _integration_config(integration: Optional[str], value: Any) -> Dict[str, Any]:
    name = "integration_config"
    if integration is None:
        raise InvalidOptionException("`integration_config` needs `integration`")
    if not isinstance(value, dict):
        raise _wrong(name, "a dict", value)
    allowed = {"signIn": (), "autoRun": ("onLaunch", "onPublish", "crontab"), "onMQTT": ("topic",)}[integration]
    for key in value:
        if key not in allowed:
            raise InvalidOptionException(f"`{name}` of {integration!r} knows no {key!r}")
    for key in ("onLaunch", "onPublish"):
        if key in value:
            _boolean(f"{name}.{key}", value[key])
    result = dict(value)
    if value.get("crontab") is not None:
        result["crontab"] = crontab(f"{name}.crontab", value["crontab"])
    if integration == "onMQTT":
        topic = value.get("topic")
        if not isinstance(topic, str) or not is_topic_filter(topic):
            raise _wrong(f"{name}.topic", "an MQTT topic filter", topic)
    return result


def is_topic_filter(topic: str) -> bool:
    """`+` and `#` stand for whole levels, `#` only as the last; `$share/group/` goes before a filter."""
    if topic.startswith("$share/"):
        group, _, topic = topic[len("$share/"):].partition("/")
        if not group or "+" in group or "#" in group:
            return False
    levels = topic.split("/")
    return bool(topic) and all(
        (level == "+" or "+" not in level) and (level == "#" and i == len(levels) - 1 or "#" not in level)
        for i, level in enumerate(levels)
    )


_EXTRA: Tuple[Tuple[str, str, Callable[[str, Any], Any]], ...] = (
    ("fixed_crontab", "fixedCrontab", crontab),
    ("timeout", "timeout", _integer(1, 3600)),
    ("api_timeout", "apiTimeout", _integer(1, 180)),
    ("cache_result", "cacheResult", _seconds),
    ("queue", "queue", _queue),
    ("max_attempts", "maxAttempts", _integer(1, 100)),
    ("hint", "hint", _json_able),
)
