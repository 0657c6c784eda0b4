"""`python -m evenkeel_shop.prepare`: makes the shop's database with its products and its one account."""
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenkeel_shop.settings")

PRODUCTS = 500
CATEGORIES = 10
WORDS = "red blue green small large fine plain bright soft solid lamp chair table shelf cup plate bowl vase rug clock".split()


def words(seed, count):
    return " ".join(WORDS[(seed * 7 + at * (seed % 5 + 3)) % len(WORDS)] for at in range(count))


def prepare():
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import transaction

    from .models import Category, Product

    call_command("migrate", run_syncdb=True, verbosity=0)
    with transaction.atomic():
        categories = [Category.objects.create(name=f"Category {n}") for n in range(1, CATEGORIES + 1)]
        Product.objects.bulk_create(
            Product(
                category=categories[n % CATEGORIES],
                title=f"Product {n}",
                slug=f"product-{n}",
                description=words(n, 60),
                price=f"{n % 90 + 9}.90",
                stock=n % 7,
            )
            for n in range(1, PRODUCTS + 1)
        )
        User.objects.create_user("demo", password="demo")


if __name__ == "__main__":
    prepare()
