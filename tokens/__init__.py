"""Access tokens, the admission of calls, reports and the API."""
