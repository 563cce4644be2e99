"""The forms of the import: the file, and the choice before it is applied."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.imports.exceptions import Unreadable
from accounts.imports.files import MOST_BYTES, check_name, open_table

MEBIBYTE = 1024 * 1024
TOO_LARGE = _("The file is larger than %(most)d MB. Split it: each part is imported for itself.")
ACCEPTED = ".csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FileForm(forms.Form):
    """A file whose beginning can be read; the worker reads the rest."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel workbook (.xlsx), at most 5 MB and 10,000 rows."),
        allow_empty_file=True,  # told below, like every other file that cannot be read
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Choose a file.")},
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(str(TOO_LARGE) % {"most": MOST_BYTES // MEBIBYTE})
        self.content = file.read()
        try:
            check_name(file.name or "", self.content)
            open_table(self.content)
        except Unreadable as refusal:
            raise forms.ValidationError(refusal.message) from None
        return file


class ApplyForm(forms.Form):
    """Whether the people who get a login are told at once."""

    sends_activation = forms.BooleanField(
        label=_("Send activation mails now"),
        help_text=_("Its link works for 48 hours. Later, Send Activation Mail stands in the Actions of each login."),
        required=False,
        initial=True,
    )
