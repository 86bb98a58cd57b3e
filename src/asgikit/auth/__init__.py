"""Who is asking: schemes that verify credentials, one file each, and what they are made of."""
