"""The commands of `videogen`, one module each. They import what is heavy inside of functions."""
