"""The search for hyper-parameters that suit a dataset, chosen on a held-out part of train."""
