"""The urls of `backends/django/urls.ts`, which the simulated backend answers."""
from django.contrib.auth.views import LoginView
from django.urls import path, re_path
from django.views.i18n import set_language

from . import views, work

SLUG_AND_ID = r"(?P<slug>[-a-zA-Z0-9_]*)_(?P<pk>[0-9]+)"

urlpatterns = [
    path("", views.home),
    path("healthz/", views.healthz),
    path("catalogue/", views.catalogue),
    re_path(rf"^catalogue/category/{SLUG_AND_ID}/$", views.category),
    re_path(rf"^catalogue/{SLUG_AND_ID}/$", views.product),
    path("search/", views.search),
    path("api/products/", views.product_list),
    path("i18n/setlang/", set_language),
    path("basket/", views.basket),
    path("basket/add/<int:pk>/", views.add_to_basket),
    path("accounts/login/", LoginView.as_view(template_name="evenkeel_shop/login.html")),
    path("accounts/profile/", views.profile),
    path("accounts/orders/", views.orders),
    path("accounts/orders/<int:pk>/", views.order),
    path("checkout/", views.checkout),
    path("checkout/shipping-address/", views.shipping_address),
    path("checkout/preview/", views.preview),
    path("checkout/thank-you/", views.thank_you),
    path("dashboard/catalogue/", views.dashboard),
    path("work/", work.burn),
    path("wait/", work.wait),
]
