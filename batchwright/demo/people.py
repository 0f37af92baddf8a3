"""Who works in the demo: clearly named accounts, and what its administrator knows of the pretend plant's staff."""

from batchwright.demo import plant
from batchwright.support.wiring import who_runs_this
from mes_core.client import MesClient
from mes_core.messages.people import MapName
from mes_core.services import Mes


def make_accounts(mes: Mes, accounts: plant.Accounts) -> None:
    """A reviewer, a qualified person, compliance, two who pack, and a bot, all clearly named as those of a demo."""
    who = who_runs_this()
    roles: dict[str, list[str]] = {
        plant.REVIEWER: ["reviewer"],
        plant.QUALIFIED_PERSON: ["qualified_person", "reviewer"],
        plant.ADMINISTRATOR: ["administrator"],
        plant.COMPLIANCE: ["quality_assurance"],
        plant.PACKER: ["operator"],
        plant.SECOND_PACKER: ["operator"],
    }
    names = {
        plant.REVIEWER: "Demo reviewer",
        plant.QUALIFIED_PERSON: "Demo qualified person",
        plant.ADMINISTRATOR: "Demo administrator",
        plant.COMPLIANCE: "Demo head of compliance",
        plant.PACKER: "Demo packer",
        plant.SECOND_PACKER: "Demo second packer",
    }
    for user, password in accounts.people.items():
        mes.create_person(user, names[user], roles[user], password, actor=who)
    mes.create_bot(plant.BOT, accounts.bots["mes"], actor=who)


def say_who_is_who(mes_url: str, accounts: plant.Accounts) -> None:
    """The demo's administrator knows the pretend plant's staff: none of them has an account."""
    password = accounts.people[plant.ADMINISTRATOR]
    said = {"reason": "From the pretend plant's list of staff (demo).", "password": password}
    with MesClient.login(mes_url, plant.ADMINISTRATOR, password) as client:
        for one in client.names_in_records(unknown=True):
            client.map_name(MapName.model_validate({"name": one.name, **said}))
