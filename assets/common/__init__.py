"""What all stages and checks share: the decorators, what they show, work on several cores."""
