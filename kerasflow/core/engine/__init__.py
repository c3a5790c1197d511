"""Running parts of a graph: plans, the passes that improve them, and the engines that execute them."""
