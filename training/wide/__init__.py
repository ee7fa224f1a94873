"""The wide world: what pib-mini 2 is trained on, beside the world of the model that ships (`training.world`)."""
