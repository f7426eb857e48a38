"""How publishers document that their files are fed. A file is known by its hash; what is not here is not compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.experiments.third_party.bare import BYTES, FLOAT_BYTES, SYMMETRIC, UNIT, Feeding
from edge_app.model.card import Size
from edge_app.model.card_reading import NOTHING_STATED, StatedInput

_LITERT = "https://ai.google.dev/edge/litert/models/metadata#normalization_and_quantization_parameters"
_TF_EXAMPLES = (
    "https://github.com/tensorflow/examples/tree/master/lite/examples/image_classification/android/lib_support/src/"
    "main/java/org/tensorflow/lite/examples/classification/tflite"
)
_TEACHABLE = (
    "https://github.com/googlecreativelab/teachablemachine-community/blob/master/snippets/markdown/image/tensorflow/"
    "keras.md"
)
_CORAL = "https://github.com/google-coral/pycoral/blob/master/examples/classify_image.py"
_SLIM = "https://github.com/tensorflow/models/blob/master/research/slim/preprocessing/inception_preprocessing.py"
_TINY = "https://github.com/mlcommons/tiny/blob/master/benchmark/training"
_CASES = "../shared/cases/data/make_third_party.py"

_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_TUTORIAL_FLOWERS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
_COLOURS = ("red", "green", "blue")


@dataclass(frozen=True)
class Documented:
    """One file.

    Attributes:
        origin: repository, commit and path that it is from, or what made it.
        feeding: how it is fed; None: it takes no picture, or no CPU runs it, so it has to be refused.
        source: address of what documents that.
        labels: that the user gives: name of a label file, or the labels where the publisher has no such file; None: the
            file has its own.
        stated: what the user says of the input, because the file cannot tell.
        output: place of the output that holds the scores.
    """

    origin: str
    feeding: Feeding | None = None
    source: str = ""
    labels: str | tuple[str, ...] | None = None
    stated: StatedInput = NOTHING_STATED
    output: int = 0


def _coral(path: str, feeding: Feeding | None = BYTES) -> Documented:
    return Documented(f"google-coral/test_data@104342d:{path}", feeding, _CORAL if feeding else "")


def _support(path: str, feeding: Feeding, source: str) -> Documented:
    folder = "tensorflow/tflite-support@dd3362e:tensorflow_lite_support/cc/test/testdata/task/vision"
    return Documented(f"{folder}/{path}", feeding, source)


def _case(feeding: Feeding, labels: tuple[str, ...] = _COLOURS, stated: StatedInput = NOTHING_STATED) -> Documented:
    return Documented(_CASES, feeding, _CASES, labels, stated)


def _tiny(
    path: str,
    feeding: Feeding | None = None,
    labels: tuple[str, ...] | None = None,
    source: str = "",
    stated: StatedInput = NOTHING_STATED,
) -> Documented:
    return Documented(
        f"mlcommons/tiny@1afd2c9:benchmark/training/{path}", feeding, source and f"{_TINY}/{source}", labels, stated
    )


def _teachable(origin: str, feeding: Feeding) -> Documented:
    source = f"{_TF_EXAMPLES}/ClassifierQuantizedMobileNet.java" if feeding.raw else _TEACHABLE
    return Documented(origin, feeding, source, "labels.txt")


_FRUIT = "Shubham-KumarSingh/MCA_SET_Conference_1-FRUIT_CLASSIFIER@b75d015"
_ANY = Size(64, 64)
_IMAGES, _PERSONS = "image_classification/trained_models", "visual_wake_words/trained_models"
_PERSON_LABELS = ("non_person", "person")

DOCUMENTED: dict[str, Documented] = {
    # ../shared/cases/models and models/real
    "cd7ce409e9780324a37588b5eac2a69f0b9f30d96f0726ce64835f355f688ecd": replace(
        _case(replace(SYMMETRIC, size=_ANY), ("plain", "stripes"), StatedInput(size=_ANY)),
        origin="../shared/cases/data/make_dynamic.py",
        source="../shared/cases/data/make_dynamic.py",
    ),
    "2371b3fc14a22dc99e38cec5b6d4da8205b8eb4b9d2318dbec49635404c42526": _case(BYTES),
    "e881b8a39d2c8de659fd1560c1e2627f810a19915ce08b75b62c9176df917482": _case(SYMMETRIC),
    "1fb69cb27da01b68bfcdcf0731ea8ae1b5bcb2a9d0401e37122705bade4b3477": _case(FLOAT_BYTES),
    "e744d04bcc8e58f43672e968691124d2e7f3d0fcbbd3417ca3ab841a5c76ada5": _case(SYMMETRIC, ("red", "blue")),
    "01a43f1389995ab3a6afdfef39f2334e9144de783520dbda0b9347b265681f3a": _case(BYTES),
    "fcf9ba3ace593062ba84919c18feff5913f989badfe6da1cce097d8ff79384fd": _support(
        "automl_labeler_model.tflite", BYTES, _LITERT
    ),
    "446ec673881cd46371a8726075b714194ada39d144762260cb76d15318597df7": replace(
        _support("mobilenet_v1_0.25_224_1_default_1.tflite", SYMMETRIC, _SLIM),
        labels="imagenet_labels.txt",
    ),
    "348cc1221740b9fe1f609c964eff5bf09650bda76341c30aa27800b3da6171f4": _support(
        "mobilenet_v1_0.25_224_1_metadata_1.tflite", SYMMETRIC, _LITERT
    ),
    "e480eb15572f86d3d5f1be6e83e35b3c7d509ab2bcec353707d1f614e14edca2": _support(
        "mobilenet_v1_0.25_224_quant.tflite", BYTES, _LITERT
    ),
    "78f8b9bb5c873d3ad53ffc03b27651213016e45b6a2df42010c93191293bf694": _support(
        "mobilenet_v1_0.25_224_quant_without_subgraph_metadata.tflite", BYTES, _LITERT
    ),
    "ac718e4b27731e370c21bc018ad6214512fd56ce1dfde308a050707eda6f0a4b": _coral("keras_lstm_mnist_ptq.tflite", None),
    "a7a16572697abc95456ed8ef2ed632b08966958eb12a35533eb47310bf9888a4": _coral(
        "invalid_models/model_invoking_error.tflite", None
    ),
    "cb273c23ee76374b05b9583177e28aa19744858a7679c56a250e83d0333da785": _coral("mobilenet_v1_0.25_128_quant.tflite"),
    "a4cb1e493346542248687939fbd7421ab92d74c58b1f0a0018b8f1bdddfcef7e": _coral(
        "mobilenet_v1_0.25_128_quant_edgetpu.tflite", None
    ),
    "3cc6d2ca460abd2e0f699a6d0d2550c6b61c6e3b0e27a3616e384ea74cb86f43": _coral("mobilenet_v1_0.5_160_quant.tflite"),
    "0ebaeb474dccf56b8b818b014f0d6a8e22b35a45b491a659f0b5405c9c838282": _coral(
        "mobilenet_v2_1.0_224_inat_insect_quant.tflite"
    ),
    # ../shared/data/models
    "7aad0c74c5e3c06e5eb3c827e13304fdd68a83da6087d92ee169c24ff9fd4776": _coral("mobilenet_v2_1.0_224_quant.tflite"),
    "5d3137241276e79c86d14a74fe43581398ae0e815191d3dba45495b810840e8c": _coral("tf2_mobilenet_v2_1.0_224_ptq.tflite"),
    # fetched
    "41daeb22fdcf947e0e5ec32373aa9df7c31f3ef45dbd0ef7b5940fbce3c20f6a": _coral("mobilenet_v1_0.75_192_quant.tflite"),
    "350fcd8cf1df1560060d464595dfed8b174b05792788052896004848d9ad04f9": _coral(
        "mobilenet_v2_1.0_224_inat_bird_quant.tflite"
    ),
    "e8fc376452b2134637da71016e3d22a6013550bf40d032854c2cb5699da7c16e": _coral(
        "mobilenet_v1_0.5_160_quant_edgetpu.tflite", None
    ),
    "ead897a0aa6d184fc1b4149e85aede5c2eb4b4c5644424c71c651f19f5761b33": _coral(
        "mobilenet_v1_0.75_192_quant_edgetpu.tflite", None
    ),
    "f409ef4f73fcbb9667841965623c5c8524aac33d41b9bf5f3667161fb4a76319": _coral(
        "mobilenet_v1_1.0_224_quant_embedding_extractor.tflite", None
    ),
    "cd7cc22fa946e5d146a7b98d496853e1923e22828d3972d579973f27f91bb105": _coral(
        "movenet_single_pose_lightning_ptq.tflite", None
    ),
    "e2b84f99170285640a5212a26b4ea466e1b9d957bdd46e0082c2918a874e3e65": _coral(
        "automl_video_ondevice/traffic_model.tflite", None
    ),
    "c7b7cb21fbb07eb83ae152ba36f70ae77bb2b83ce4273dcc490c7c3f39e9d2b4": _teachable(
        "Aniketyadav44/Cats-or-Dogs-Classifier-App-Flutter@2596b8c:assets/model_unquant.tflite", SYMMETRIC
    ),
    "4c6d191853a0cfc29d0cd4f7763e2161df3b9efafea91507bdb7bfd3ee5e0b2f": _teachable(
        f"{_FRUIT}:converted_tflite/model_unquant.tflite", SYMMETRIC
    ),
    "9baeefeef457ddc5df972d726663ed312e495a203162c41dd24565f355ea7d3d": _teachable(
        f"{_FRUIT}:converted_tflite_quantized/model.tflite", BYTES
    ),
    "cb6c95cdfdd504b9a7718ba4bde65f4d2cd4cf980709fd0304f1bb4d44ef1d67": _teachable(
        "bangseongmin/MaskDetection@1371d50:converted_tflite_quantized/model.tflite", BYTES
    ),
    "a9ff9ba8d3fcb4c22d8da95c99619fd168416e8450c324715bbedecbdff488f6": Documented(
        "IsaacLai1/studying_kotlin_project@bd58cde:app/src/main/ml/FlowerModel.tflite", BYTES, _LITERT
    ),
    "96f3dc677a4926663c0c190c9336a32d6db3c0e60526e1bd60ae6939b9caf8db": Documented(
        "Akshayjosephtomy/TensorFlow_Lite@e271738:Flower Detection/flower_model.tflite",
        FLOAT_BYTES,
        "https://github.com/Akshayjosephtomy/TensorFlow_Lite/blob/master/Flower%20Detection/tflite_predict.py",
        _TUTORIAL_FLOWERS,
    ),
    "85a5095fcf063a32a8b88a0342e44938a356075840cb8eab94cbe3c0e7c170fc": Documented(
        "Aryanpar/AgroXpert@7066b0b:assets/plant_disease_model.tflite",
        UNIT,
        "https://github.com/Aryanpar/AgroXpert/blob/main/lib/services/tflite_service.dart",
        "labels.txt",
        StatedInput("unit"),
    ),
    "6bd8a973f46fc2eaac81c0747b62982624af04e6cb5d1820333f4de40afae451": Documented(
        "Nithaeshkumar/FarmAI@f01de89:assets/plant_disease_model.tflite",
        UNIT,
        "https://github.com/Nithaeshkumar/FarmAI/blob/main/plant-disease-detection-system.ipynb",
        tuple(f"class {place}" for place in range(38)),  # the repository has no label file
        StatedInput("unit"),
    ),
    "4f693b64a4c07dcc15a2eeb03d2d3c094fdd5eae0146b2c59d792db49a730634": Documented(
        "chisomogugu/TactileLens---Vision-to-Haptics-AI-Application@82def20:app/src/main/assets/efficientnet_lite0.tflite"
    ),
    "b5c0046d6e0328b4956afd6baa29555a29b1f1c65bdd45aaed75b7cd484d9f79": _tiny(
        f"{_IMAGES}/pretrainedResnet.tflite", FLOAT_BYTES, _CIFAR, "image_classification/tflite_test.py"
    ),
    "3c002613d1b2475eb51dd78dfb85a546c8ae658dee71cf6ade43b022fe205415": _tiny(
        f"{_IMAGES}/pretrainedResnet_quant.tflite", BYTES, _CIFAR, "image_classification/tflite_test.py"
    ),
    "fb17ae9c1b6d0e5bd97f0f35024f207556261d7310b249716c87cc0628214b0e": _tiny(
        f"{_IMAGES}/pretrainedResnet_large_float.tflite", FLOAT_BYTES, _CIFAR, "image_classification/tflite_test.py"
    ),
    "dc27dcd823f5665533352f7da516b0c9bc6f089914b8283782e55961b3423fcf": _tiny(
        f"{_IMAGES}/pretrainedResnet_large_int8.tflite", BYTES, _CIFAR, "image_classification/tflite_test.py"
    ),
    "115bbc094d2119561320a21f01b6500a18bea8cc8589282ab007097bec8af38c": _tiny(
        f"{_PERSONS}/vww_96_float.tflite",
        UNIT,
        _PERSON_LABELS,
        "visual_wake_words/train_vww.py",
        StatedInput("unit"),
    ),
    "597a384c8c2c8a1276f04702f25013b7838f2f814f1ca7c174d295b73e3d6b7b": _tiny(
        f"{_PERSONS}/vww_96_int8.tflite", UNIT, _PERSON_LABELS, "visual_wake_words/convert_vww.py"
    ),
    "aeea436800704fce17b17292e4412630ad856e9d777c044c64ef748a880bd0ae": _tiny(
        "keyword_spotting/trained_models/kws_ref_model.tflite"
    ),
    "87cf24194ef93d1d9b11a591d805526b98008e351655d29883c825c9c106ba24": _tiny(
        "anomaly_detection/trained_models/ad01_int8.tflite"
    ),
}
"""By the SHA-256 of the file."""
