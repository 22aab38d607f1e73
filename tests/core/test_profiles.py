"""Profiles where the doors of HTTP do not reach: usernames that two want at once."""

from __future__ import annotations

import pytest

from core import profiles
from core.errors import Code, Refused
from core.models import Profile, User
from tests.conftest import Person


def test_a_username_that_a_twin_took_is_refused_and_the_rest_is_not_kept(
    owner: Person, stranger: Person
) -> None:
    profiles.update(user=stranger.user, changes={"username": "Anna"})
    with pytest.raises(Refused) as caught:
        profiles.update(user=owner.user, changes={"bio": "x", "username": "anna"})
    assert (caught.value.code, caught.value.field) == (Code.TAKEN, ("username",))
    assert User.objects.get(pk=owner.user.pk).username is None
    assert not Profile.objects.filter(user=owner.user).exists()


def test_an_account_without_a_profile_gets_one_when_something_is_told(owner: Person) -> None:
    assert profiles.profile_of(owner.user).default_date_range == "30d"
    profiles.update(user=owner.user, changes={"default_date_range": "7D"})
    assert profiles.profile_of(owner.user).default_date_range == "7d"


def test_many_without_a_username_are_no_twins(owner: Person, stranger: Person) -> None:
    for person in (owner, stranger):
        profiles.update(user=person.user, changes={"username": ""})
    assert User.objects.filter(username=None).count() == 2
