"""Open a session for each account, in the product's own way, and print the access tokens as JSON."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

import django

django.setup()

from core import tokens
from core.models import RefreshToken, User

RefreshToken.objects.all().delete()
print(json.dumps({user.pk: tokens.open_session(user=user).access for user in User.objects.all()}))
