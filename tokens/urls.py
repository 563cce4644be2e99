"""The console's addresses of the tokens app: one's own tokens, those of any login, and their logs."""

from django.urls import URLPattern, path

from tokens.views import admin, logs, mine

app_name = "tokens"
OWN = "tokens/<str:public_id>/"
OF_LOGIN = "logins/<str:login_id>/tokens/<str:public_id>/"
urlpatterns: list[URLPattern] = [
    path("tokens", mine.tokens, name="mine"),
    path("tokens/new", mine.create, name="create"),
    path("tokens/logs", logs.my_logs, name="my_logs"),
    path("tokens/<str:public_id>", mine.token, name="token"),
    path(OWN + "actions", mine.actions, name="actions"),
    path(OWN + "edit", mine.edit, name="edit"),
    path(OWN + "revoke", mine.revoke, name="revoke"),
    path(OWN + "generate", mine.generate, name="generate"),
    path(OWN + "generate/save", mine.save, name="save"),
    path(OWN + "generate/cancel", mine.cancel, name="cancel"),
    path(OWN + "logs", logs.logs, name="logs"),
    path("logins/<str:login_id>/tokens", admin.tokens, name="of_login"),
    path("logins/<str:login_id>/tokens/new", admin.create, name="create_of_login"),
    path("logins/<str:login_id>/tokens/<str:public_id>", admin.token, name="token_of_login"),
    path(OF_LOGIN + "actions", admin.actions, name="actions_of_login"),
    path(OF_LOGIN + "edit", admin.edit, name="edit_of_login"),
    path(OF_LOGIN + "revoke", admin.revoke, name="revoke_of_login"),
    path(OF_LOGIN + "generate", admin.generate, name="generate_of_login"),
    path(OF_LOGIN + "generate/save", admin.save, name="save_of_login"),
    path(OF_LOGIN + "generate/cancel", admin.cancel, name="cancel_of_login"),
    path(OF_LOGIN + "logs", logs.logs_of_login, name="logs_of_login"),
    path("administrator/token-logs", logs.all_logs, name="all_logs"),
]
