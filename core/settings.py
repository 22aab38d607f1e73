"""All settings. The environment is read here and nowhere else; `.env.example` lists every variable."""

import tomllib
import warnings
from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.core import RESERVED_ATTRS

from core import database
from core.env import development_key, token_keys
from core.rates import parse as limit

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
ENV = env.str("ENV", "development")
if ENV not in ("development", "production"):
    raise ImproperlyConfigured(f"ENV must be development or production, not {ENV!r}.")
PRODUCTION = ENV == "production"
DEBUG = env.bool("DEBUG", not PRODUCTION)
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))

SECRET_KEY = env.str("SECRET_KEY", "") or ("" if PRODUCTION else development_key(DATA_DIR / "secret_key"))
if not SECRET_KEY:
    raise ImproperlyConfigured("ENV=production needs SECRET_KEY: a random text of 50 or more characters.")
# Probes of this machine itself are always answered.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"]), "127.0.0.1", "localhost"]
WEB_THREADS = env.int("WEB_THREADS", 8)
PLANS = env.str("PLANS", "on")
if PLANS not in ("off", "on", "always"):
    raise ImproperlyConfigured("PLANS is off, on or always.")

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_HEADERS = (
    "accept", "authorization", "content-type", "idempotency-key", "x-requested-with", "x-request-id",
    "apollo-require-preflight",
)  # fmt: skip
CORS_EXPOSE_HEADERS = ("retry-after", "x-request-id")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "core",
    "catalog",
    "sales",
    "energy",
    "receipts",
    "insights",
    "demo",
    "schema",
]
MIDDLEWARE = [
    "core.requests.RequestId",
    "core.access.AccessLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "schema.urls"
ASGI_APPLICATION = "schema.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "schema" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASE_FALLBACK = env.str("DATABASE_FALLBACK", "sqlite" if DEBUG else "none")
DATABASE_CHOICE = database.choose(
    url=env.str("DATABASE_URL", ""),
    fallback="none" if PRODUCTION else DATABASE_FALLBACK,
    sqlite_path=DATA_DIR / "tillsight.sqlite3",
)
DATABASES = {"default": DATABASE_CHOICE.config}
# `start` chooses for its children too, and tells them what became of what was configured.
DATABASE_WARNING = env.str("DATABASE_WARNING", DATABASE_CHOICE.warning)

AUTH_USER_MODEL = "core.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", 30))
REFRESH_TOKEN_LIFETIME = timedelta(days=env.int("REFRESH_TOKEN_DAYS", 7))
try:
    TOKEN_KEYS = token_keys(env.str("TOKEN_KEYS", ""), SECRET_KEY)
except ValueError as error:
    raise ImproperlyConfigured(f"TOKEN_KEYS: {error}.") from None
TOKEN_ISSUER = "tillsight"  # noqa: S105 (a name, no secret)
TOKEN_AUDIENCE = "tillsight"  # noqa: S105 (a name, no secret)

# Where the front end lives: mails hold links to its pages /reset-password, /verify-email, /accept-invitation.
FRONTEND_URL = env.str("FRONTEND_URL", "" if PRODUCTION else "http://localhost:3000").rstrip("/")
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds, for each step of a talk with a mail server
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "Tillsight <tillsight@localhost>")
if env.str("EMAIL_URL", "") and not FRONTEND_URL:
    raise ImproperlyConfigured("EMAIL_URL needs FRONTEND_URL: mails hold links to it.")

# Who does the jobs of each kind: a function that takes the payload. Names, so that any room may add one.
JOBS = {
    "digest": "insights.digests.send",
    "email_verification": "core.verification.send",
    "invitation": "core.members.send",
    "mail": "core.mail.send",
    "night": "insights.nightly.carry_out",
    "notice": "insights.notices.send",
    "password_reset": "core.passwords.send_reset",
    "settle_payment": "sales.payments.settle_later",
    "settle_refund": "sales.refunds.settle_later",
    "wording": "insights.wording.carry_out",
    "reading_import": "energy.imports.process",
}

# What a worker does now and then beside them: functions that take the time `now`, and may run twice.
HOUSEKEEPING = ["insights.digests.queue", "insights.nightly.queue", "insights.notices.queue"]

# The steps of a night, in their order: functions that keep what is computed of a day of some stores.
NIGHTLY = [
    "insights.snapshots.keep",
    "insights.alerts.keep",
    "insights.forecasts.keep",
    "insights.advice.keep",
]

# What ends with a membership besides: functions that take `store`, `user` and `by`, in the same transaction.
LEAVING = ["sales.shifts.end"]

TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
LOGIN_LIMIT = limit(env.str("LOGIN_LIMIT", "5/minute"))
SIGNUP_LIMIT = limit(env.str("SIGNUP_LIMIT", "3/minute"))
RESET_LIMIT = limit(env.str("RESET_LIMIT", "3/hour"))
INVITATION_LIMIT = limit(env.str("INVITATION_LIMIT", "10/hour"))
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
REDIS_PREFIX = env.str("REDIS_PREFIX", "tillsight")

GOOGLE_CLIENT_IDS = env.list("GOOGLE_CLIENT_ID", default=[])
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", "")
GOOGLE_TOKEN_URL = env.str("GOOGLE_TOKEN_URL", "") or "https://oauth2.googleapis.com/token"
GOOGLE_CERTS_URL = env.str("GOOGLE_CERTS_URL", "") or "https://www.googleapis.com/oauth2/v3/certs"

PAYMENT_GATEWAY_URL = env.str("PAYMENT_GATEWAY_URL", "").rstrip("/")
PAYMENT_GATEWAY_KEY = env.str("PAYMENT_GATEWAY_KEY", "")
PAYMENT_GATEWAY_TIMEOUT = timedelta(seconds=env.int("PAYMENT_GATEWAY_TIMEOUT_SECONDS", 10))
if PAYMENT_GATEWAY_URL and not PAYMENT_GATEWAY_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("PAYMENT_GATEWAY_URL must begin with https:// or http://.")
if PAYMENT_GATEWAY_URL and not PAYMENT_GATEWAY_KEY:
    raise ImproperlyConfigured("PAYMENT_GATEWAY_URL needs PAYMENT_GATEWAY_KEY.")

BOOTSTRAP_ADMIN_PASSWORD = env.str("BOOTSTRAP_ADMIN_PASSWORD", "")

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

# WhiteNoise answers with small files: reading one whole before it is sent does no harm.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "graphiql" / "static"]
MEDIA_ROOT = DATA_DIR / "files"
S3_BUCKET = env.str("S3_BUCKET", "")
S3 = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", ""),
    "region_name": env.str("S3_REGION", "") or None,
    "access_key": env.str("S3_ACCESS_KEY_ID", "") or None,
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", "") or None,
    "location": env.str("S3_PREFIX", "").strip("/"),
}
if bool(S3["access_key"]) != bool(S3["secret_key"]):
    raise ImproperlyConfigured("S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together.")
STORAGES = {
    "default": {"BACKEND": "core.buckets.Bucket", "OPTIONS": S3}
    if S3_BUCKET
    else {"BACKEND": "core.storage.DurableFileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # a GraphQL document with its variables
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # larger files are spooled to the disk
RECEIPT_MAX_BYTES = 20 * 1024 * 1024
FILE_URL_LIFETIME = timedelta(minutes=env.int("FILE_URL_MINUTES", 5))

RECEIPT_READER = env.str("RECEIPT_READER", "local")
RECEIPT_FAST = env.bool("RECEIPT_FAST", False)
GEMINI = {
    "api_key": env.str("GEMINI_API_KEY", ""),
    "model": env.str("GEMINI_MODEL", "gemini-2.5-flash"),
    "base_url": env.str("GEMINI_BASE_URL", ""),
    "timeout_seconds": env.int("GEMINI_TIMEOUT_SECONDS", 60),
}
OPENAI = {
    "api_key": env.str("OPENAI_API_KEY", ""),
    "model": env.str("OPENAI_MODEL", "gpt-4o-mini"),
    "base_url": env.str("OPENAI_BASE_URL", ""),
    "timeout_seconds": env.int("OPENAI_TIMEOUT_SECONDS", 60),
}
MODEL_READINGS_PER_DAY = env.int("MODEL_READINGS_PER_DAY", 200)
WORKER_LEASE = timedelta(seconds=env.int("WORKER_LEASE_SECONDS", 60))
WORKER_ATTEMPTS = env.int("WORKER_ATTEMPTS", 3)
WORKER_READ_TIMEOUT = timedelta(seconds=env.int("WORKER_READ_TIMEOUT_SECONDS", 300))
WORKER_MEMORY_MB = env.int("WORKER_MEMORY_MB", 1200)
QUEUE_AGE_LIMIT = timedelta(minutes=env.int("QUEUE_AGE_LIMIT_MINUTES", 15))

# The demo login is public: production has none, and lets nobody in to one that a development server has made.
DEMO_ACCOUNT = "demo@tillsight.example"
DEMO_LOGIN = "" if PRODUCTION else DEMO_ACCOUNT
DEMO_PASSWORD = "" if PRODUCTION else "demo-till-2026"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
# Browsers heed it over HTTPS alone, so that it does no harm where there is none.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 3600 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
SECURE_SSL_REDIRECT = env.bool("HTTPS_REDIRECT", False)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# What only the operator can know: whether the proxy redirects, and whether other subdomains speak HTTPS.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_SHARED = bool(env.str("PROMETHEUS_MULTIPROC_DIR", ""))

LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOG_FORMAT = env.str("LOG_FORMAT", "json" if PRODUCTION else "text")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "core.requests.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "reserved_attrs": [*RESERVED_ATTRS, "color_message"],  # uvicorn's, the message again
        },
        "text": {"format": "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},  # of a refusal, our own line tells enough
        "django.server": {"handlers": ["console"], "propagate": False},
    },
}
