"""How each language writes days; read by ``audit/grids/moments.py``. Numbers follow Django's own."""
