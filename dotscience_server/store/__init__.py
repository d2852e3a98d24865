"""What lies in a workspace's store (docs/formats/store.md). Pure: no tornado, no Jupyter."""
