"""The addresses of contacts and logins, and of what is done to one of them or to many."""

from django.urls import path
from django.urls.resolvers import URLPattern

from accounts import changes
from accounts.permissions import Permission
from accounts.views import admin, bulk, login_sessions, logins, people


def deed(route: str, change: changes.Change) -> URLPattern:
    """The page of one change of a login: it asks (GET) and acts (POST)."""
    view = logins.grant if change.permission is Permission.ROLE_GRANT else logins.manage
    return path(f"logins/<str:public_id>/{route}", view, {"change": change}, name=change.name.partition(":")[2])


def deed_of_many(route: str, change: changes.Change) -> URLPattern:
    view = bulk.grant_selected if change.permission is Permission.ROLE_GRANT else bulk.manage_selected
    name = bulk.address_name(change).partition(":")[2]
    return path(f"contacts/selected/{route}", view, {"change": change}, name=name)


urlpatterns = [
    path("contacts", admin.contacts, name="contacts"),
    path("contacts/new-user", people.create_user, name="create_user"),
    path("contacts/new", people.create_contact, name="create_contact"),
    path("contacts/selected/delete", bulk.delete_selected, name="delete_selected"),
    *(deed_of_many(route, change) for route, change in bulk.OF_MANY.items()),
    path("contacts/<str:public_id>/logins", admin.logins, name="logins"),
    path("contacts/<str:public_id>/actions", admin.contact_actions, name="contact_actions"),
    path("contacts/<str:public_id>/edit", people.edit_contact, name="edit_contact"),
    path("contacts/<str:public_id>/delete", people.delete_contact, name="delete_contact"),
    path("contacts/<str:public_id>/add-login", people.add_login, name="add_login"),
    path("logins/<str:public_id>/actions", admin.login_actions, name="login_actions"),
    path("logins/<str:public_id>/edit", logins.edit_login, name="edit_login"),
    path("logins/<str:public_id>/delete", logins.delete_login, name="delete_login"),
    path("logins/<str:public_id>/assignments", logins.edit_assignments, name="assignments"),
    path("logins/<str:public_id>/sessions", login_sessions.login_sessions, name="login_sessions"),
    path("logins/<str:public_id>/sessions/end", login_sessions.end_all, name="end_sessions_of_login"),
    path("logins/<str:public_id>/sessions/<str:session_id>/end", login_sessions.end_one, name="end_session_of_login"),
    deed("roles/personal/add", changes.ADD_PERSONAL_ROLE),
    deed("roles/personal/remove", changes.REMOVE_PERSONAL_ROLE),
    deed("roles/admin/add", changes.ADD_ADMIN_ROLE),
    deed("roles/admin/remove", changes.REMOVE_ADMIN_ROLE),
    deed("type/general-user", changes.SET_AS_GENERAL_USER),
    deed("type/view-only", changes.SET_AS_VIEW_ONLY),
    deed("type/system-administrator", changes.SET_AS_SYSTEM_ADMINISTRATOR),
    deed("stop-tokens", changes.STOP_TOKENS),
    deed("start-tokens", changes.START_TOKENS),
    deed("disable", changes.DISABLE_LOGIN),
    deed("enable", changes.ENABLE_LOGIN),
    deed("reactivate", changes.REACTIVATE_LOGIN),
    deed("sso/set", changes.SET_AS_SSO),
    deed("sso/remove", changes.SET_AS_NON_SSO),
    deed("password/reset", changes.RESET_PASSWORD),
    deed("password/force-change", changes.FORCE_PASSWORD_CHANGE),
    deed("second-factor/reset", changes.RESET_SECOND_FACTOR),
    deed("activation", changes.SEND_ACTIVATION_MAIL),
]
