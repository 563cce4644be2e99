"""The type of a text that is shown: plain, or translated when it is shown."""

from django.utils.functional import Promise

Text = str | Promise
