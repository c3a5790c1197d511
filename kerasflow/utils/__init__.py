"""What the rooms above the core share and programs may use: looking things up by name."""
