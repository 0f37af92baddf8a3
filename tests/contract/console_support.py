"""What tests of the console share: a browser in which somebody is logged in."""

from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant

from mes_core.web import create_app


def browser(plant: Plant, user: str = "qp") -> TestClient:
    """A browser of a person of the plant, logged in."""
    web = TestClient(create_app(plant.mes), base_url="https://plant", follow_redirects=False)
    assert web.post("/login", data={"user": user, "password": PASSWORD}).status_code == 303
    return web
