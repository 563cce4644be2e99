"""What the OpenAPI file says of each address: descriptions beside the views, so that these stay lean.

Needed only where the file is written (``manage.py build_schema``); the console serves the file as it is.
"""
