"""The storyboard: which sentences are spoken, what is shown meanwhile, as a file that people can edit."""
