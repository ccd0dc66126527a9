"""The benchmark: fclab's engines side by side with the lab's own loops, in one process.

Every figure carries n and spread; hardware and versions go with them.
"""
