"""Changes of training photographs that keep their class, made at random in every batch."""
