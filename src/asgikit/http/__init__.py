"""HTTP as values: pure, synchronous, without knowledge of ASGI."""
