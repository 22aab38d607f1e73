"""The policy as a table: what it grants, and that it grants nothing by accident."""

import pytest

from core.roles import GRANTS, READS, Permission, Role, roles_granting


def test_every_role_has_its_line_in_the_table() -> None:
    assert set(GRANTS) == set(Role)


def test_the_owner_and_nobody_else_may_do_everything() -> None:
    assert GRANTS[Role.OWNER] == frozenset(Permission)
    assert [role for role in Role if GRANTS[role] == frozenset(Permission)] == [Role.OWNER]


def test_an_accountant_sees_everything_and_does_nothing() -> None:
    assert GRANTS[Role.ACCOUNTANT] == READS == {name for name in Permission if name.endswith("_VIEW")}


def test_nobody_but_owners_manages_a_store() -> None:
    assert roles_granting(Permission.STORE_MANAGE) == (Role.OWNER,)


@pytest.mark.parametrize("role", Role)
def test_whoever_may_change_something_may_see_it(role: Role) -> None:
    for changed, seen in {
        Permission.BILL_EDIT: Permission.BILL_VIEW,
        Permission.RECEIPT_UPLOAD: Permission.BILL_VIEW,
        Permission.CATEGORY_EDIT: Permission.CATEGORY_VIEW,
        Permission.STORE_MANAGE: Permission.STORE_VIEW,
    }.items():
        assert changed not in GRANTS[role] or seen in GRANTS[role]


@pytest.mark.parametrize("permission", Permission)
def test_the_roles_that_grant_a_permission_are_those_whose_line_holds_it(permission: Permission) -> None:
    assert set(roles_granting(permission)) == {role for role in Role if permission in GRANTS[role]}


def test_every_member_sees_the_store() -> None:
    assert set(roles_granting(Permission.STORE_VIEW)) == set(Role)
