"""Who tells the story of the Python SDK: the SDK as its users make it, and raw HTTP to see what really changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tallyfy import TallyfySDK

from tests.conftest import Client, House

GUEST = "mo@supplier.example"


@dataclass
class Story:
    """An organization of its own, seen through the SDK (`sdk`, as the administrator) and past it (`house`)."""

    house: House
    sdk: TallyfySDK
    ids: dict[str, str] = field(default_factory=dict)  # what earlier chapters made, by what it is

    @property
    def org(self) -> str:
        return self.house.id.hex

    @property
    def ada(self) -> Client:
        return self.house.ada

    def there(self, path: str) -> Any:
        """What the server has under a path, read without the SDK."""
        return self.ada.data("GET", path)

    def gone(self, path: str) -> bool:
        """Whether the server knows nothing of a path."""
        return self.ada.get(path).status_code == 404


def new_sdk(client: Client) -> TallyfySDK:
    """The SDK as this member uses it; it never repeats a request, so that a test sees the first answer."""
    return TallyfySDK(api_key=client.token, base_url=client.root, max_retries=0)
