"""What this host and a workspace can do, and what stands in the way: looked at, never changed."""
