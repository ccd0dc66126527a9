"""The fused engine: the whole loop compiled, for small dense inputs."""
