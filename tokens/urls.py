"""The console's addresses of the tokens app: one's own tokens, those of any login, and their logs."""

from django.urls import URLPattern, path

from tokens.views import (
    access_tokens,
    activity,
    admin,
    all_tokens,
    creating,
    how_to_use,
    ledger,
    logs,
    mine,
    mobile_users,
    organisation,
    personal,
    search,
    token_stop,
    verifying,
)

app_name = "tokens"
OWN = "tokens/<str:public_id>/"
OF_LOGIN = "logins/<str:login_id>/tokens/<str:public_id>/"
MOBILE = "administrator/tokens/mobile-users"
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
    path(OWN + "sessions", mine.sessions, name="sessions"),
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
    path(OF_LOGIN + "sessions", admin.sessions, name="sessions_of_login"),
    path("personal/tokens/new", personal.create, name="create_personal"),
    path("personal/devices/<str:session_id>/end", personal.end_device, name="end_own_device"),
    path("personal/sessions/end-others", personal.end_all_others, name="end_all_others"),
    path("administrator/token-logs", logs.all_logs, name="all_logs"),
    path("search", search.search, name="search"),
    path("administrator/activity", activity.activity, name="activity"),
    path("administrator/activity/<int:entry_id>", activity.entry, name="entry"),
    path("administrator/ledger", ledger.ledger, name="ledger"),
    path("administrator/ledger/verify", verifying.verify, name="ledger_verify"),
    path("administrator/ledger/verification", verifying.verification, name="ledger_verification"),
    path("administrator/ledger/checkpoint.txt", ledger.checkpoint_file, name="ledger_checkpoint_file"),
    path("administrator/ledger/verify_export.py", ledger.program_file, name="ledger_program"),
    path("administrator/tokens", all_tokens.all_tokens, name="all"),
    path("administrator/tokens/new", creating.choose_owner, name="create_any"),
    path("administrator/tokens/logins/<str:login_id>/new", creating.create_for, name="create_for"),
    path("administrator/tokens/revoke", all_tokens.revoke_selected, name="revoke_selected"),
    path(MOBILE, mobile_users.mobile_users, name="mobile_users"),
    path(MOBILE + "/disconnect", mobile_users.disconnect_selected, name="disconnect_selected"),
    path(MOBILE + "/<str:session_id>", mobile_users.mobile_user, name="mobile_user"),
    path(MOBILE + "/<str:session_id>/actions", mobile_users.actions, name="mobile_user_actions"),
    path("how-to-use", how_to_use.how_to_use, name="how_to_use"),
    path("configuration/access-tokens", access_tokens.access_tokens, name="access_tokens"),
    path("configuration/access-tokens/revoke", access_tokens.revoke_selected, name="revoke_access_tokens"),
    path("configuration/access-tokens/new", creating.generate_new, name="generate_new"),
    path("configuration/access-tokens/logins/<str:login_id>/new", creating.generate_new, name="generate_new_for"),
    path("configuration/organisation", organisation.organisation, name="organisation"),
    path("configuration/organisation/stop-tokens", token_stop.stop_tokens, name="stop_tokens"),
    path("configuration/organisation/start-tokens", token_stop.start_tokens, name="start_tokens"),
    *(
        path(f"configuration/organisation/{word}", organisation.change_organisation, {"part": part}, name=part.name)
        for word, part in (
            ("general", organisation.GENERAL),
            ("tokens", organisation.TOKENS),
            ("sign-in", organisation.SIGN_IN),
            ("log", organisation.LOG),
        )
    ),
]
