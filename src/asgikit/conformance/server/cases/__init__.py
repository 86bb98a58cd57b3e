"""The cases that a server is put through, by transport and subject."""
