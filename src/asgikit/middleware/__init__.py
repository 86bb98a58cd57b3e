"""Middleware, one file each; none imports another."""
