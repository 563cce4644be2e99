"""Wires the apps together: settings, addresses, navigation, middleware, server."""
