"""Liandong 联动."""
