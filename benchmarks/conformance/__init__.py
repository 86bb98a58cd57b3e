"""What the conformance kit finds in frameworks and servers: `make conformance-report`."""
