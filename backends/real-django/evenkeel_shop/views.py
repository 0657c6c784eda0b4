from functools import wraps

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .models import Category, Order, OrderLine, Product

ON_A_PAGE = 50
PER_CALL = 10


@require_GET
def healthz(request):
    return HttpResponse("ok")


def shelf(request, title, products):
    return render(request, "evenkeel_shop/shelf.html", {"title": title, "products": products})


@require_GET
def home(request):
    return shelf(request, "Welcome", Product.objects.select_related("category")[:ON_A_PAGE])


@require_GET
def catalogue(request):
    return shelf(request, "All products", Product.objects.select_related("category").order_by("title")[:ON_A_PAGE])


@require_GET
def category(request, slug, pk):
    found = get_object_or_404(Category, pk=pk)
    return shelf(request, found.name, found.product_set.select_related("category").order_by("price")[:ON_A_PAGE])


@require_GET
@ensure_csrf_cookie
def product(request, slug, pk):
    found = get_object_or_404(Product.objects.select_related("category"), pk=pk)
    alike = found.category.product_set.exclude(pk=pk).order_by("-stock")[:12]
    return render(request, "evenkeel_shop/product.html", {"title": found.title, "product": found, "alike": alike})


@require_GET
def search(request):
    words = request.GET.get("q")
    found = None if words is None else Product.objects.select_related("category").filter(description__icontains=words)[:20]
    return render(request, "evenkeel_shop/search.html", {"title": "Search", "words": words, "products": found})


@require_GET
def product_list(request):
    page = request.GET.get("page", "1")
    if not page.isdigit() or int(page) < 1:
        raise Http404
    first = (int(page) - 1) * PER_CALL
    results = [
        {"id": each.pk, "title": each.title, "price": str(each.price), "currency": "EUR", "available": each.stock > 0}
        for each in Product.objects.all()[first : first + PER_CALL]
    ]
    return JsonResponse({"page": int(page), "results": results})


def lines_of(request):
    """The basket of the session, product by product."""
    wanted = request.session.get("basket", {})
    found = Product.objects.select_related("category").in_bulk([int(pk) for pk in wanted])
    return [(found[int(pk)], quantity) for pk, quantity in wanted.items() if int(pk) in found]


@require_GET
def basket(request):
    return render(request, "evenkeel_shop/basket.html", {"title": "Basket", "lines": lines_of(request)})


@require_POST
def add_to_basket(request, pk):
    get_object_or_404(Product, pk=pk)
    wanted = request.session.get("basket", {})
    wanted[str(pk)] = wanted.get(str(pk), 0) + 1
    request.session["basket"] = wanted
    return redirect("/basket/")


@require_GET
@login_required
def profile(request):
    orders = Order.objects.filter(user=request.user).order_by("-placed")[:10]
    return render(request, "evenkeel_shop/profile.html", {"title": "Your account", "orders": orders})


@require_GET
@login_required
def orders(request):
    found = Order.objects.filter(user=request.user).order_by("-placed")[:ON_A_PAGE]
    return render(request, "evenkeel_shop/profile.html", {"title": "Your orders", "orders": found})


@require_GET
@login_required
def order(request, pk):
    """Any number is some order's, as at the simulated backend: what it costs is to look for its lines."""
    found = OrderLine.objects.select_related("product").filter(order_id=pk, order__user=request.user)
    lines = [(line.product, line.quantity) for line in found]
    return render(request, "evenkeel_shop/basket.html", {"title": f"Order {pk}", "lines": lines})


@require_http_methods(["GET", "POST"])
@login_required
def dashboard(request):
    """A POST changes the price of a product."""
    if request.method == "POST":
        wanted = request.POST.get("product", "1")
        if wanted.isdigit():
            Product.objects.filter(pk=int(wanted)).update(price=F("price"))
        return redirect("/dashboard/catalogue/")
    get_token(request)
    return shelf(request, "Products", Product.objects.select_related("category").order_by("stock")[:ON_A_PAGE])


def with_lines(view):
    """What needs something in the basket leads back to it otherwise."""

    @wraps(view)
    def checked(request):
        return view(request) if request.session.get("basket") else redirect("/basket/")

    return checked


@require_GET
@ensure_csrf_cookie
def checkout(request):
    return review(request)


@require_http_methods(["GET", "POST"])
@with_lines
def shipping_address(request):
    if request.method == "GET":
        return review(request)
    request.session["address"] = request.POST.get("address", "")
    return redirect("/checkout/preview/")


@require_http_methods(["GET", "POST"])
@with_lines
def preview(request):
    """A POST places the order."""
    if request.method == "GET":
        return review(request)
    with transaction.atomic():
        lines = lines_of(request)
        total = sum(found.price * quantity for found, quantity in lines)
        user = request.user if request.user.is_authenticated else None
        placed = Order.objects.create(user=user, total=total)
        OrderLine.objects.bulk_create(
            OrderLine(order=placed, product=found, quantity=quantity, price=found.price) for found, quantity in lines
        )
    request.session["basket"] = {}
    return redirect("/checkout/thank-you/")


def review(request):
    return render(request, "evenkeel_shop/checkout.html", {"title": "Checkout", "lines": lines_of(request)})


@require_GET
def thank_you(request):
    request.session.get("basket")
    return render(request, "evenkeel_shop/page.html", {"title": "Thank you"})
