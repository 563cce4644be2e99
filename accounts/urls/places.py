"""The console's addresses of departments and user types."""

from django.urls import path

from accounts.views import departments, user_types

urlpatterns = [
    path("departments", departments.departments, name="departments"),
    path("departments/create", departments.create_department, name="create_department"),
    path("departments/<str:public_id>/actions", departments.department_actions, name="department_actions"),
    path("departments/<str:public_id>/rename", departments.rename_department, name="rename_department"),
    path("departments/<str:public_id>/move", departments.move_department, name="move_department"),
    path("departments/<str:public_id>/delete", departments.delete_department, name="delete_department"),
    path("user-types", user_types.user_types, name="user_types"),
    path("user-types/create", user_types.create_user_type, name="create_user_type"),
    path("user-types/<str:slug>", user_types.user_type, name="user_type"),
    path("user-types/<str:slug>/actions", user_types.user_type_actions, name="user_type_actions"),
    path("user-types/<str:slug>/edit", user_types.edit_user_type, name="edit_user_type"),
    path("user-types/<str:slug>/delete", user_types.delete_user_type, name="delete_user_type"),
]
