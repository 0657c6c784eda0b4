from django.apps import AppConfig
from django.db.backends.signals import connection_created


def share(connection, **_):
    """Readers do not wait for a writer, and a commit does not wait for the disk: as a database server would have it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = NORMAL")


class ShopConfig(AppConfig):
    name = "evenkeel_shop"

    def ready(self):
        connection_created.connect(share)
