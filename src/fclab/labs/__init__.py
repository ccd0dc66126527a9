"""The labs: each is one folder, with its recipes, rules, tasks, texts and report."""
