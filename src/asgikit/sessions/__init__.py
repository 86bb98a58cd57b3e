"""Sessions: what is kept for a client from one request to the next, in its cookie or in a store."""
