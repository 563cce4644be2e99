"""The addresses of signing in and of passwords, by the names that Django and django-allauth know them."""

from django.urls import path

from accounts.views import confirm, confirm_factor, second_step, sign_in, sign_on

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-in/second-step", second_step.second_step, name="account_second_step"),
    path("sign-in/passkey", second_step.sign_in_by_passkey, name="account_passkey"),
    path("sign-in/passkey/question", second_step.ask_passkey, name="account_ask_passkey"),
    path("sign-in/sso", sign_on.sign_on, name="sign_on"),
    path("sign-in/sso/callback", sign_on.callback, name="sign_on_callback"),
    path("sign-out", sign_in.sign_out, name="account_logout"),
    path("confirm/factor", confirm_factor.confirm_by_factor, name="confirm_by_factor"),
    path("confirm", confirm.confirm, name="confirm"),
    path("confirm/sso", sign_on.confirm_by_sign_on, name="confirm_by_sign_on"),
    path("password", sign_in.change_password, name="account_change_password"),
    path("password/reset", sign_in.ask_for_reset, name="account_reset_password"),
    path("password/reset/sent", sign_in.reset_asked, name="account_reset_password_done"),
    path(
        "password/reset/key/<str:login_id>/<str:token>", sign_in.reset_password, name="account_reset_password_from_key"
    ),
    path("activate/<str:login_id>/<str:token>", sign_in.activate, name="account_activate"),
]
