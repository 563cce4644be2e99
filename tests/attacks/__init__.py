"""Known attack programs against a served console, and against an application that has what they look for."""
