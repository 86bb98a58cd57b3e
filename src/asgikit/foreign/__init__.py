"""Applications of other frameworks as handlers: asgikit is their server, and what they send is a Response."""
