"""Making a trained network smaller by training it further: quantization-aware training, pruning, clustering."""
