"""The console's addresses of the accounts app: people, their logins, and what is changed of them."""

from django.urls import path

from accounts import changes
from accounts.urls_personal import urlpatterns as personal
from accounts.urls_places import urlpatterns as places
from accounts.views import admin, grids

app_name = "accounts"
urlpatterns = [
    path("columns", grids.columns, name="grid_columns"),
    path("contacts", admin.contacts, name="contacts"),
    path("contacts/<str:public_id>/logins", admin.logins, name="logins"),
    path("contacts/<str:public_id>/actions", admin.contact_actions, name="contact_actions"),
    path("logins/<str:public_id>/actions", admin.login_actions, name="login_actions"),
    path(
        "logins/<str:public_id>/roles/personal/add",
        admin.change_login,
        {"change": changes.ADD_PERSONAL_ROLE},
        name="add_personal_role",
    ),
    path(
        "logins/<str:public_id>/roles/personal/remove",
        admin.change_login,
        {"change": changes.REMOVE_PERSONAL_ROLE},
        name="remove_personal_role",
    ),
    path(
        "logins/<str:public_id>/roles/admin/add",
        admin.change_login,
        {"change": changes.ADD_ADMIN_ROLE},
        name="add_admin_role",
    ),
    path(
        "logins/<str:public_id>/roles/admin/remove",
        admin.change_login,
        {"change": changes.REMOVE_ADMIN_ROLE},
        name="remove_admin_role",
    ),
    path(
        "logins/<str:public_id>/type/general-user",
        admin.change_login,
        {"change": changes.SET_AS_GENERAL_USER},
        name="set_as_general_user",
    ),
    path(
        "logins/<str:public_id>/type/view-only",
        admin.change_login,
        {"change": changes.SET_AS_VIEW_ONLY},
        name="set_as_view_only",
    ),
    path(
        "logins/<str:public_id>/type/system-administrator",
        admin.change_login,
        {"change": changes.SET_AS_SYSTEM_ADMINISTRATOR},
        name="set_as_system_administrator",
    ),
    path(
        "logins/<str:public_id>/disable",
        admin.change_login,
        {"change": changes.DISABLE_LOGIN},
        name="disable_login",
    ),
    path(
        "logins/<str:public_id>/enable",
        admin.change_login,
        {"change": changes.ENABLE_LOGIN},
        name="enable_login",
    ),
    *personal,
    *places,
]
