"""The settings of Django, of which a process has one."""

from __future__ import annotations

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="tests.interop.foreign_apps",
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="key",
    LOGGING_CONFIG=None,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
)
django.setup(set_prefix=False)
