"""The records that keep writes safe and answerable."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from core.models.accounts import User
from core.models.stores import Store
from core.tenancy import StoreQuerySet


class IdempotencyRecord(models.Model):
    """The answer to a command, kept so that its repetition changes nothing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    command = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once"),
        ]


class AuditEntry(models.Model):
    """Who did what to which node; never changed, never removed while its store lives."""

    store = models.ForeignKey(Store, null=True, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=50)
    node_type = models.CharField(max_length=50)
    node_key = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["store", "-created_at"], name="audit_of_store")]


class Counter(models.Model):
    """The last number that was given out in a store, of orders say; `core.counters` alone writes it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=20)
    last = models.PositiveBigIntegerField(default=0)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "name"], name="counter_once_in_a_store"),
        ]


class Event(models.Model):
    """Something that has happened in a store, for those who watch; it is written with the change itself."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    sequence = models.PositiveBigIntegerField()  # counted in the store, from 1, without gaps
    kind = models.CharField(max_length=50)  # such as order.moved
    node_type = models.CharField(max_length=50)
    node_key = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "sequence"], name="event_sequence_once_in_a_store"),
        ]


class Tally(models.Model):
    """When something was tried of late, by one client or for one account; the key is a digest."""

    key = models.CharField(max_length=64, primary_key=True)
    hits = models.JSONField(default=list)  # seconds since the epoch
    expires_at = models.DateTimeField(db_index=True)
