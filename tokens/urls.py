"""The console's addresses of the tokens app."""

from django.urls import URLPattern, path

from tokens.views import logs

app_name = "tokens"
urlpatterns: list[URLPattern] = [
    path("tokens/logs", logs.my_logs, name="my_logs"),
    path("tokens/<str:public_id>/logs", logs.logs, name="logs"),
    path("logins/<str:login_id>/tokens/<str:public_id>/logs", logs.logs_of_login, name="logs_of_login"),
    path("administrator/token-logs", logs.all_logs, name="all_logs"),
]
