"""Commands about people: users and their keys, and what people decide on releases."""
