"""The pages of people: signing in, and administering others."""
