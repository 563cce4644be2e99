"""What programs call: JSON skins over the same querysets and actions."""
