"""Named pipelines: ways through the stages that an operator defines and a request chooses."""
