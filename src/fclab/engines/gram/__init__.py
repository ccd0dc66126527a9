"""The Gram engine: the first layer of a network for images, trained in sample space."""
