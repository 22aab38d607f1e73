"""Stores, and who belongs to them."""

from __future__ import annotations

import functools
import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from core.models.accounts import User
from core.roles import Role
from core.tenancy import StoreQuerySet

ROLES = [(role.value, role.value.title()) for role in Role]

known_zones = functools.cache(zoneinfo.available_timezones)  # it reads hundreds of files


def validate_timezone(name: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if name not in known_zones():
        raise ValidationError(f"{name[:64]!r} is not an IANA time zone.")


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

    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=Type, default=Type.OTHER)
    address = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    currency = models.CharField(max_length=3, default="USD")
    receipt_reader = models.CharField(max_length=20, blank=True)  # empty: the server's usual one
    week_start = models.PositiveSmallIntegerField(default=0)  # as date.weekday(): Monday is 0
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members = models.ManyToManyField(User, through="Membership", related_name="stores")

    objects = StoreOwnQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(week_start__lte=6), name="store_week_start_is_a_weekday"
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
