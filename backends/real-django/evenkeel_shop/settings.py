"""A small shop with Django's own defaults: MIDDLEWARE as `startproject` writes it, sessions in the database, PBKDF2."""
import json
import os

DEBUG = False
# One deployment of several servers shares its key; it signs nothing that outlives a run.
SECRET_KEY = os.environ.get("EVENKEEL_SECRET_KEY", "a key for a bench, not for production")
ALLOWED_HOSTS = json.loads(os.environ.get("EVENKEEL_ALLOWED_HOSTS", '["*"]'))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "evenkeel_shop",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
ROOT_URLCONF = "evenkeel_shop.urls"
WSGI_APPLICATION = "evenkeel_shop.wsgi.application"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("EVENKEEL_DATABASE", "shop.sqlite3"),
        "CONN_MAX_AGE": 60,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# 3.2 does not create the tables of an app without migrations by itself; `prepare` asks it to.
MIGRATION_MODULES = {"evenkeel_shop": None}
USE_TZ = True
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/accounts/profile/"
