"""What kernel sessions did: hidden state, cells beside the saved notebook, files beside the declared. Pure: no tornado."""
