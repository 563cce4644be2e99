"""The addresses of signing in and of passwords, by the names that Django and django-allauth know them."""

from django.urls import path

from accounts.views import confirm, sign_in

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-out", sign_in.sign_out, name="account_logout"),
    path("confirm", confirm.confirm, name="confirm"),
    path("password", sign_in.change_password, name="account_change_password"),
    path("password/reset", sign_in.ask_for_reset, name="account_reset_password"),
    path("password/reset/sent", sign_in.reset_asked, name="account_reset_password_done"),
    path(
        "password/reset/key/<str:login_id>/<str:token>", sign_in.reset_password, name="account_reset_password_from_key"
    ),
    path("activate/<str:login_id>/<str:token>", sign_in.activate, name="account_activate"),
]
