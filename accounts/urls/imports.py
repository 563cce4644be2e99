"""The console's addresses of importing contacts and logins."""

from django.urls import path

from accounts.views import import_decisions, import_files, imports, one_import

urlpatterns = [
    path("contacts/import", imports.import_contacts, name="import"),
    path("contacts/import/template.csv", import_files.template, {"form": "csv"}, name="import_template_csv"),
    path("contacts/import/template.xlsx", import_files.template, {"form": "xlsx"}, name="import_template_xlsx"),
    path("contacts/export-for-editing", import_files.export_for_editing, name="export_for_editing"),
    path("contacts/imports", imports.imports, name="imports"),
    path("contacts/imports/<str:public_id>", one_import.show_import, name="show_import"),
    path("contacts/imports/<str:public_id>/progress", one_import.import_progress, name="import_progress"),
    path("contacts/imports/<str:public_id>/apply", import_decisions.apply, name="apply_import"),
    path("contacts/imports/<str:public_id>/discard", import_decisions.discard, name="discard_import"),
]
