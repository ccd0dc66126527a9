"""The state in the address of the page. It is written there a little after a change, later still
where the machine is busy: so every reading says what it waits for."""

import json
from urllib.parse import parse_qs, urlsplit


def fields(address: str) -> dict[str, str]:
    """What an address gives, as it is written there."""
    return {name: given[0] for name, given in parse_qs(urlsplit(address).fragment).items()}


def has(page, **wanted: str | None) -> None:
    """Wait until the address has some fields; None: until it has not."""

    def fits(address: str) -> bool:
        found = fields(address)
        return all(found.get(name) == value for name, value in wanted.items())

    page.wait_for_url(fits)


def has_points(page, points: list) -> list[list[float]]:
    """Wait until the own points are these (numbers may be approximate), and return them."""

    def own(address: str) -> list[list[float]]:
        return json.loads(fields(address).get("points", "[]"))

    page.wait_for_url(lambda address: own(address) == points)
    return own(page.url)
