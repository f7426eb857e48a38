"""Picture files: one decoder, labelled folders, splits, and the manifest of augmented copies."""

__all__ = (
    "augmented_manifest",
    "decoder",
    "folders",
    "splits",
)
