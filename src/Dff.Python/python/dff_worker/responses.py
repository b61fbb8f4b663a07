"""`DFF.RESP` and its kin: answers with an HTTP status and headers of their own."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Optional


class Response:
    """What a function returns to choose how its result is answered over HTTP."""

    __slots__ = ("data", "meta")

    def __init__(self, data: Any, meta: Dict[str, Any]) -> None:
        self.data = data
        self.meta = meta


def resp(
    data: Any = None,
    status_code: Optional[int] = None,
    content_type: Optional[str] = None,
    headers: Optional[Dict[str, Any]] = None,
    allow_304: bool = False,
    download: Any = False,
) -> Response:
    """`download` is a bool, or the file name offered to the browser."""
    if status_code is not None and (isinstance(status_code, bool) or not isinstance(status_code, int) or not 200 <= status_code <= 599):
        raise ValueError(f"`status_code` must be an int from 200 to 599, not {status_code!r}")
    if content_type is not None and not isinstance(content_type, str):
        raise TypeError(f"`content_type` must be a str, not {content_type!r}")
    if headers is not None and not isinstance(headers, dict):
        raise TypeError(f"`headers` must be a dict, not {headers!r}")
    meta: Dict[str, Any] = {}
    if status_code is not None:
        meta["statusCode"] = status_code
    if content_type is not None:
        meta["contentType"] = content_type
    if headers:
        meta["headers"] = {_header_name(name): _header_value(name, value) for name, value in headers.items()}
    if allow_304:
        meta["allow304"] = True
    if download:
        meta["download"] = download if isinstance(download, str) else True
    return Response(data, meta)


def resp_file(path: Any, status_code: Optional[int] = None, headers: Optional[Dict[str, Any]] = None,
              allow_304: bool = False, auto_delete: bool = False, download: Any = True) -> Response:
    """Answers with a file's content; the silo decides whether the path may be served."""
    response = resp(None, status_code, None, headers, allow_304, download)
    response.meta["file"] = os.fspath(path)
    if auto_delete:
        response.meta["autoDelete"] = True
    return response


def resp_large_data(data: Any, content_type: Optional[str] = None) -> Response:
    """For results of any size: they go to the caller piece by piece. Text as it is, everything else as JSON; `data` may be an iterator."""
    is_text = isinstance(data, (str, bytes, bytearray))
    response = resp(data, content_type=content_type or ("txt" if is_text else "json"))
    response.meta["large"] = True
    return response


def redirect(url: str) -> Response:
    """Sends the caller to another address."""
    if not isinstance(url, str) or not url:
        raise TypeError(f"`url` must be a str that is not empty, not {url!r}")
    return resp(None, 302, headers={"Location": url})


def _header_name(name: Any) -> str:
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"`headers` has a name that is none: {name!r}")
    return name


def _header_value(name: str, value: Any) -> str:
    text = str(value)
    if not _HEADER_VALUE.fullmatch(text):
        raise ValueError(f"`headers[{name!r}]` must be ASCII text on one line, not {value!r}")
    return text


_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]{0,8192}")
