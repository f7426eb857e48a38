"""What only real photographs and pretrained weights can tell; `make test-real`, and FIELDLENS_DATA where they are."""
