"""What keeps state for applications: in memory, behind the protocols that others can satisfy."""
