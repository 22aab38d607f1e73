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
    ORDER_VIEW = "ORDER_VIEW"
    ORDER_TAKE = "ORDER_TAKE"
    PAYMENT_TAKE = "PAYMENT_TAKE"
    PAYMENT_REFUND = "PAYMENT_REFUND"
    SHIFT_VIEW = "SHIFT_VIEW"
    SHIFT_CLOCK = "SHIFT_CLOCK"
    SHIFT_MANAGE = "SHIFT_MANAGE"
    ENERGY_VIEW = "ENERGY_VIEW"
    ENERGY_EDIT = "ENERGY_EDIT"
    READING_RECORD = "READING_RECORD"
    INSIGHT_VIEW = "INSIGHT_VIEW"
    INSIGHT_EDIT = "INSIGHT_EDIT"
    AUDIT_VIEW = "AUDIT_VIEW"


# What each permission allows, in words: for the page that `manage.py roles` writes.
MEANINGS: dict[Permission, str] = {
    Permission.STORE_VIEW: "See the store: what it is called, how it looks, how it is set up.",
    Permission.STORE_MANAGE: "Change the store and its settings, its look and its words; archive it.",
    Permission.MEMBER_VIEW: "See who belongs to the store and who is invited to.",
    Permission.MEMBER_MANAGE: "Invite, give roles, remove: whom and which, the second table says.",
    Permission.BILL_VIEW: "See uploads, bills, their items, and merchants.",
    Permission.BILL_EDIT: "Enter, change and void bills; rename and merge merchants.",
    Permission.RECEIPT_UPLOAD: "Upload receipts and have them read again.",
    Permission.CATEGORY_VIEW: "See the categories.",
    Permission.CATEGORY_EDIT: "Add, rename and merge the store's own categories.",
    Permission.CATALOG_VIEW: "See products, brands and collections, and how much is in stock.",
    Permission.CATALOG_EDIT: "Add and change products, brands and collections.",
    Permission.STOCK_MOVE: "Note what comes into stock and what goes out.",
    Permission.CUSTOMER_VIEW: "See customers.",
    Permission.CUSTOMER_EDIT: "Add and change customers.",
    Permission.ORDER_VIEW: "See orders, what happened to them, and how they were paid.",
    Permission.ORDER_TAKE: "Place orders, move them on, cancel them.",
    Permission.PAYMENT_TAKE: "Take payments.",
    Permission.PAYMENT_REFUND: "Pay money back.",
    Permission.SHIFT_VIEW: "See who was at work, and when.",
    Permission.SHIFT_CLOCK: "Clock in and out, and see one's own shifts.",
    Permission.SHIFT_MANAGE: "Clock others in and out, and correct shifts.",
    Permission.ENERGY_VIEW: "See devices, meter readings and tariffs, and what energy is used and costs.",
    Permission.ENERGY_EDIT: "Add and change devices and tariffs; correct readings.",
    Permission.READING_RECORD: "Record and import meter readings.",
    Permission.INSIGHT_VIEW: "See analyses and sales, alerts and suggestions.",
    Permission.INSIGHT_EDIT: "Deal with alerts and suggestions, and say what shall raise an alert.",
    Permission.AUDIT_VIEW: "See who did what.",
}


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
            Permission.ORDER_VIEW,
            Permission.ORDER_TAKE,
            Permission.PAYMENT_TAKE,
            Permission.SHIFT_CLOCK,
            Permission.ENERGY_VIEW,
            Permission.READING_RECORD,
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


def page() -> str:
    """Write the policy as a page of Markdown."""
    rights = [
        (f"`{permission}`", *("yes" if permission in GRANTS[role] else "" for role in Role), meaning)
        for permission, meaning in MEANINGS.items()
    ]
    managed = [(f"`{role}`", *("yes" if other in MANAGES[role] else "" for other in Role)) for role in Role]
    parts = [
        "# Roles",
        "Written by `python manage.py roles > docs/roles.md` from the tables in `core/roles.py`.",
        "A member has one role in a store, and may do there what the role allows. Whoever is no member of a "
        "store, be it an administrator of the server, reaches nothing of it.",
        _table("Permission", rights, "It allows to"),
        "Who holds `MEMBER_MANAGE` invites, changes and removes those who have these roles, and gives these "
        "roles. Everybody may leave, but a store keeps one owner at least.",
        _table("Role", managed),
        "An archived store is only read: nobody changes anything in it, except by `unarchiveStore` and by "
        "`leaveStore`.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(first: str, rows: list[tuple[str, ...]], *last: str) -> str:
    head = (first, *Role, *last)
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
