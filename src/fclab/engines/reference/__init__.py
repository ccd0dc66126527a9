"""The reference engine: PyTorch the way the lab writes it. The oracle of every faster engine.

Three pages to learn from, each a training loop read in one sitting:

- `by_hand`: part 1, gradients derived by hand;
- `autograd`: part 2, gradients by PyTorch's autograd;
- `module`: part 3, `nn.Module`, `DataLoader`, `optim.SGD`.
"""
