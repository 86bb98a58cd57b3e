"""Origins: where a page comes from that asks for something (RFC 6454)."""

from __future__ import annotations

from asgikit.http.url import DEFAULT_PORTS, URL, split_authority


def check_origin(origin: str) -> None:
    """Raises ValueError unless this is an origin as browsers send it: no path, no default port, lower case (RFC 6454, 6.2)."""
    url = URL.parse(origin)
    default = url.port is not None and DEFAULT_PORTS.get(url.scheme) == url.port
    if not url.scheme or not url.host or default or origin != url.origin:
        raise ValueError(f"{origin!r} is not an origin as browsers send it: scheme://host, with a port that is not the default")


def is_own_origin(origin: str, host: str, *, secure: bool) -> bool:
    """Whether a page of this origin comes from where a request went: the Host field, with TLS if `secure`.

    Without TLS either scheme will do, for it may end at a proxy before us; with it the page has to be one of https, as
    another could come from whoever is on the line. The ports have to be the same: one that is left out is the default of
    the origin's scheme.
    """
    if host and (origin == f"https://{host}" or (origin == f"http://{host}" and not secure)):
        return True  # nearly always: both leave the default port out
    try:
        page = URL.parse(origin)
        name, port = split_authority(host)
    except ValueError:
        return False
    if page.scheme not in ({"https"} if secure else {"http", "https"}) or origin != page.origin:
        return False
    default = DEFAULT_PORTS[page.scheme]
    ports = [default if each is None else each for each in (page.port, port)]
    return bool(page.host) and page.host == name.lower() and ports[0] == ports[1]
