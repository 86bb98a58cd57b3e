"""Checks a real server over loopback."""
