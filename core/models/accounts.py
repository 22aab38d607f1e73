"""Who signs in, and their sessions."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from core.models.zones import validate_timezone
from core.roles import Permission
from core.tenancy import stores_of


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User, permission: Permission) -> Self:
        """Keep `user`, and the members of the stores in which `user` holds `permission`.

        An administrator sees every account, though nothing of its stores.
        """
        if user.is_staff:
            return self
        colleagues = User.objects.filter(memberships__store__in=stores_of(user, permission))
        return self.filter(models.Q(pk=user.pk) | models.Q(pk__in=colleagues.values("pk")))

    def by_login(self, login: str) -> User | None:
        """Find an account by its email or, failing that, by its handle."""
        login = login.strip().lower().replace("\x00", " ")  # PostgreSQL takes no NUL; no account has a space
        field = "email" if "@" in login else "username"
        return self.filter(**{field: login}).first()


class UserManager(BaseUserManager["User"]):
    """Only what Django's own commands ask of a user manager; accounts are opened by `services.register`."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: User, permission: Permission) -> UserQuerySet:
        return self.get_queryset().visible_to(user, permission)

    def by_login(self, login: str) -> User | None:
        return self.get_queryset().by_login(login)

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        user = self.model(email=email.lower(), role=User.Role.ADMIN, permissions=["all"], **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    class Role(models.TextChoices):
        USER = "USER"
        ADMIN = "ADMIN"

    email = models.EmailField(unique=True)  # in lower case, as a constraint says
    email_verified_at = models.DateTimeField(
        null=True, blank=True
    )  # null: nobody has proved to read its mail
    username = models.CharField(max_length=40, null=True, blank=True)  # null, not empty: many have none
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.USER)
    permissions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower"),
        ]

    @property
    def may_sign_in(self) -> bool:
        """Tell whether anybody may: the demo's password is public, so that in production nobody does."""
        return self.is_active and not (settings.PRODUCTION and self.email == settings.DEMO_ACCOUNT)

    @property
    def is_staff(self) -> bool:
        return self.role == User.Role.ADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class Profile(models.Model):
    """What a person tells of themselves, and how they like things shown."""

    class Theme(models.TextChoices):
        AUTO = "AUTO"
        LIGHT = "LIGHT"
        DARK = "DARK"

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    bio = models.CharField(max_length=500, blank=True)
    location = models.CharField(max_length=200, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    avatar = models.CharField(max_length=100, blank=True)  # the name in the storage
    phone_number = models.CharField(max_length=50, blank=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    theme_preference = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    default_date_range = models.CharField(max_length=40, default="30d")  # as core.ranges reads it
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class RefreshToken(models.Model):
    """One link of a session's chain: the digest of a token that may be exchanged once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_tokens")
    family = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class GoogleIdentity(models.Model):
    """A Google account that signs in to an account here; known by its subject, since addresses change."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="google_identity")
    subject = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)


class OneTimeLink(models.Model):
    """A link that was mailed to an account's address: the digest of its token, good once."""

    class Kind(models.TextChoices):
        PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 (a name, no secret)
        EMAIL_VERIFICATION = "EMAIL_VERIFICATION"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Job(models.Model):
    """Work for a worker that has no row of its own, such as a mail to send; the row is the queue."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED"
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"

    kind = models.CharField(max_length=50)  # a key of settings.JOBS
    payload = models.JSONField(default=dict)  # emptied at the end: it may hold what is nobody's business
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=models.Q(status="QUEUED"), name="job_queue"),
            models.Index(
                fields=["lease_expires_at"], condition=models.Q(status="RUNNING"), name="job_leases"
            ),
            models.Index(fields=["ended_at"], name="job_ended"),
        ]
