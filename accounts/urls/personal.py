"""The addresses of one's own settings and sessions."""

from django.urls import path

from accounts.views import personal

urlpatterns = [
    path("personal/edit", personal.edit_preferences, name="edit_preferences"),
    path("personal/appearance", personal.choose_appearance, name="choose_appearance"),
    path("personal/sessions/<str:public_id>/end", personal.end_session, name="end_session"),
]
