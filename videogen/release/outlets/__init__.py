"""What leaves the house beside the published folder: feeds, webhooks, copies on other storage.

Everything here follows from the records in the published folder. What is not there yet, or under embargo, cannot be in
a feed, a webhook or a copy.
"""
