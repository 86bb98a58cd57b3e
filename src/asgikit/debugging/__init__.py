"""What a developer is shown of an exception: captured as values, within bounds, without secrets, and as a page."""
