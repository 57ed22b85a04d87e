"""Network families: what a point means as an nn.Module, and what a task asks of its output."""
