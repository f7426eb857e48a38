"""Runs as TF.js graph models, without the `tensorflowjs` package: freeze, simplify, fold, fuse, write."""
