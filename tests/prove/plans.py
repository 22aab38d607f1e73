"""Random documents through both executors: DOCUMENTS (20000) of them, on what DATABASE_URL says, from SEED (0) on."""

from __future__ import annotations

import os
import time
from random import Random


def main() -> int:
    os.environ.setdefault("DATABASE_URL", "sqlite:///var/plans_prove.sqlite3")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    import django

    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return prove(int(os.environ.get("DOCUMENTS", "20000")), int(os.environ.get("SEED", "0")))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def prove(documents: int, seed: int) -> int:
    from django.db import connection

    from core.models import Membership, User
    from core.roles import Role
    from tests.conftest import fill_built_in, person
    from tests.schema.sameness import Comparison
    from tests.schema.world import furnish

    fill_built_in()
    owner, stranger = person("owner@example.com"), person("stranger@example.com")
    worlds = [furnish(owner, 'Sésame "%s" \\ 雪'), furnish(stranger, "Poppy")]
    members = [
        person(f"member.{role.lower()}@example.com", store=owner.store, role=role).user for role in Role
    ]
    Membership.objects.create(user=members[0], store=stranger.store, role=Role.STAFF)
    admin = person("admin@example.com").user
    User.objects.filter(pk=admin.pk).update(role=User.Role.ADMIN)
    compared = Comparison([owner.user, stranger.user, *members, admin, None], worlds)
    started, shown = time.process_time(), 0
    for number in range(documents):
        difference = compared.compare(Random(f"{seed}.{number}"))
        if difference and shown < 5:
            shown += 1
            print(f"seed {seed}.{number}: {difference}", flush=True)
        if (number + 1) % 1000 == 0 or number + 1 == documents:
            took = time.process_time() - started
            print(f"{connection.vendor}: {dict(compared.counts)}, {took:.0f} s of CPU", flush=True)
    return int(compared.counts["different"] > 0)
