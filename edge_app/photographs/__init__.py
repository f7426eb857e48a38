"""Picture files: one decoder, labelled folders, groups, splits, and the manifest of augmented copies."""

__all__ = (
    "augmented_manifest",
    "contents",
    "decoder",
    "folders",
    "groups",
    "layouts",
    "perceptual_hash",
    "picture_size",
    "splits",
    "thumbnails",
    "webp_orientation",
    "zip_files",
)
