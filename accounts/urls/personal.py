"""The addresses of one's own settings, sessions and second factors."""

from django.urls import path

from accounts.views import personal, second_factor

urlpatterns = [
    path("personal/edit", personal.edit_preferences, name="edit_preferences"),
    path("personal/appearance", personal.choose_appearance, name="choose_appearance"),
    path("personal/sessions/<str:public_id>/end", personal.end_session, name="end_session"),
    path("personal/second-factor", second_factor.second_factor, name="second_factor"),
    path("personal/second-factor/app", second_factor.add_app, name="add_app"),
    path("personal/second-factor/passkey", second_factor.add_passkey, name="add_passkey"),
    path("personal/second-factor/passkey/question", second_factor.passkey_to_add, name="passkey_to_add"),
    path("personal/second-factor/recovery-codes", second_factor.recovery_codes, name="recovery_codes"),
    path("personal/factors/<str:public_id>/rename", second_factor.rename_passkey, name="rename_passkey"),
    path("personal/factors/<str:public_id>/remove", second_factor.remove_factor, name="remove_factor"),
]
