"""Templates of warnings: the library, which fits an alert, whether a template is good."""
