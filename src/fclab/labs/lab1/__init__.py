"""Lab 1: regression by hand, points by autograd, three classes of CIFAR-100, and their study."""
