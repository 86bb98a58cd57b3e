"""Content codings: gzip and deflate, Brotli, Zstandard, one file for each library (RFC 9110, 8.4.1)."""
