"""Who may do what in a store: the whole policy as one table."""

from enum import StrEnum


class Permission(StrEnum):
    STORE_VIEW = "STORE_VIEW"
    STORE_MANAGE = "STORE_MANAGE"
    MEMBER_VIEW = "MEMBER_VIEW"
    MEMBER_MANAGE = "MEMBER_MANAGE"
    BILL_VIEW = "BILL_VIEW"
    BILL_EDIT = "BILL_EDIT"
    RECEIPT_UPLOAD = "RECEIPT_UPLOAD"
    CATEGORY_VIEW = "CATEGORY_VIEW"
    CATEGORY_EDIT = "CATEGORY_EDIT"
    CATALOG_VIEW = "CATALOG_VIEW"
    CATALOG_EDIT = "CATALOG_EDIT"
    STOCK_MOVE = "STOCK_MOVE"
    CUSTOMER_VIEW = "CUSTOMER_VIEW"
    CUSTOMER_EDIT = "CUSTOMER_EDIT"
    INSIGHT_VIEW = "INSIGHT_VIEW"
    AUDIT_VIEW = "AUDIT_VIEW"


class Role(StrEnum):
    OWNER = "OWNER"
    MANAGER = "MANAGER"
    STAFF = "STAFF"
    ACCOUNTANT = "ACCOUNTANT"


READS = frozenset(permission for permission in Permission if permission.endswith("_VIEW"))

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.STORE_MANAGE},
    Role.STAFF: frozenset(
        {
            Permission.STORE_VIEW,
            Permission.CATEGORY_VIEW,
            Permission.BILL_VIEW,
            Permission.RECEIPT_UPLOAD,
            Permission.CATALOG_VIEW,
            Permission.STOCK_MOVE,
            Permission.CUSTOMER_VIEW,
            Permission.CUSTOMER_EDIT,
        }
    ),
    Role.ACCOUNTANT: READS,
}

# Whom a member who holds MEMBER_MANAGE may invite, change and remove, and which roles they may give.
MANAGES: dict[Role, frozenset[Role]] = {
    Role.OWNER: frozenset(Role),
    Role.MANAGER: frozenset({Role.STAFF, Role.ACCOUNTANT}),
    Role.STAFF: frozenset(),
    Role.ACCOUNTANT: frozenset(),
}


def roles_granting(permission: Permission) -> tuple[Role, ...]:
    """List the roles that hold `permission`."""
    return tuple(role for role in Role if permission in GRANTS[role])


def described(role: Role) -> str:
    """Say in a sentence or two what a role may do."""
    said = "May: " + ", ".join(sorted(GRANTS[role])) + "."
    if not MANAGES[role]:
        return said
    whom = "everybody" if MANAGES[role] == frozenset(Role) else " and ".join(sorted(MANAGES[role]))
    return f"{said} Manages {whom}."
