"""Search: the hyper-parameters that suit a dataset best, chosen on a held-out part of train."""
