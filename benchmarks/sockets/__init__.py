"""WebSockets: the same rooms in every framework, and what drives them."""
