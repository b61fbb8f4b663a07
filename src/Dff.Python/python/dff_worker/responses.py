"""`DFF.RESP` and its kin: answers with an HTTP status and headers of their own."""

from __future__ import annotations

import os
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
    if status_code is not None and (isinstance(status_code, bool) or not isinstance(status_code, int) or not 100 <= status_code <= 599):
        raise ValueError(f"`status_code` must be an int from 100 to 599, not {status_code!r}")
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
        meta["headers"] = {str(name): str(value) for name, value in headers.items()}
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
    """Results of any size up to the limit go straight through, so this is `resp` under its old name."""
    return resp(data, content_type=content_type)
