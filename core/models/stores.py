"""Stores, and who belongs to them."""

from __future__ import annotations

import zoneinfo
from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from core.models.accounts import User
from core.models.zones import validate_timezone
from core.roles import Role
from core.tenancy import StoreQuerySet

ROLES = [(role.value, role.value.title()) for role in Role]


class StoreOwnQuerySet(StoreQuerySet):
    store_path = "pk"


class Store(models.Model):
    class Type(models.TextChoices):
        GROCERY = "GROCERY"
        RESTAURANT = "RESTAURANT"
        CAFE = "CAFE"
        BAKERY = "BAKERY"
        MUSIC = "MUSIC"
        BOOKS = "BOOKS"
        ELECTRONICS = "ELECTRONICS"
        CLOTHING = "CLOTHING"
        PHARMACY = "PHARMACY"
        SERVICES = "SERVICES"
        PERSONAL = "PERSONAL"
        OTHER = "OTHER"

    class Digest(models.TextChoices):
        NEVER = "NEVER"
        WEEKLY = "WEEKLY"
        MONTHLY = "MONTHLY"

    class Notices(models.TextChoices):
        NEVER = "NEVER"
        IN_DIGEST = "IN_DIGEST"
        AT_ONCE = "AT_ONCE"

    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=Type, default=Type.OTHER)
    address = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    currency = models.CharField(max_length=3, default="USD")
    receipt_reader = models.CharField(max_length=20, blank=True)  # empty: the server's usual one
    suggestion_writer = models.CharField(max_length=20, blank=True)  # empty: the rules' own words
    # Questions to models; null: as many as the server allows each store, which is the most in any case.
    model_readings_per_day = models.PositiveIntegerField(null=True, blank=True)
    week_start = models.PositiveSmallIntegerField(default=0)  # as date.weekday(): Monday is 0
    digest = models.CharField(max_length=10, choices=Digest, default=Digest.NEVER)
    notices = models.CharField(max_length=10, choices=Notices, default=Notices.IN_DIGEST)
    theme = models.JSONField(default=dict, blank=True)  # own colours by name, before the type's
    logo = models.CharField(max_length=100, blank=True)  # the name in the storage
    vocabulary = models.JSONField(default=dict, blank=True)  # own words by term, before the type's
    dashboard = models.JSONField(null=True, blank=True)  # names of cards in their order; null: the usual ones
    archived_at = models.DateTimeField(null=True, blank=True)  # from then on it is only read
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members = models.ManyToManyField(User, through="Membership", related_name="stores")

    objects = StoreOwnQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(week_start__lte=6), name="store_week_start_is_a_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(digest__in=["NEVER", "WEEKLY", "MONTHLY"]), name="store_digest_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(notices__in=["NEVER", "IN_DIGEST", "AT_ONCE"]),
                name="store_notices_are_known",
            ),
        ]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=ROLES)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "store"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_role_is_known"
            ),
        ]


class Invitation(models.Model):
    """A place in a store that is offered to an address, by a link that works once."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()  # in lower case, as a constraint says
    role = models.CharField(max_length=20, choices=ROLES)
    # SHA-256 of the newest mailed link's token; null until a worker has made one.
    digest = models.CharField(max_length=64, null=True, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="invitation_role_is_known"
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_lower"),
        ]
