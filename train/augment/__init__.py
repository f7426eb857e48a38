"""Changes of training photographs that keep their class, made in the input pipeline."""
