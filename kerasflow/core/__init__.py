"""The machine: graphs, operations, gradients, sessions. It knows arrays, not networks."""
