"""Signing in, signing out, changing the password, language and theme."""
