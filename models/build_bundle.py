"""Rebuild ``pose_landmarker_full.task``, byte for byte, from the public mediapipe 0.10.21 wheel.

MediaPipe 1.x ships no pose model, and its Tasks API refuses the two TFLite files of the older
wheel as they are ("requires specifying NormalizationOptions metadata"). The weights are the same;
this script writes the missing normalisation metadata into each file and zips the two, stored and
with fixed dates, in the layout that ``PoseLandmarker`` expects.

Run it from an environment that has formcheck installed::

    pip download --no-deps --only-binary :all: --python-version 3.11 \
        --platform manylinux_2_28_x86_64 --dest wheels mediapipe==0.10.21
    python models/build_bundle.py wheels/mediapipe-0.10.21-*.whl \
        --out models/pose_landmarker_full.task
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import flatbuffers
import numpy as np
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_fb
from mediapipe.tasks.metadata import schema_py_generated as schema_fb

METADATA_BUFFER_NAME = b"TFLITE_METADATA"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Part:
    """One TFLite model of the bundle, and how its input pixels are normalised.

    ``mean`` and ``std`` are in 8-bit units: the model sees ``(pixel - mean) / std``.
    """

    wheel_path: str
    sha256: str
    bundle_name: str
    mean: float
    std: float


PARTS = (
    Part(
        wheel_path="mediapipe/modules/pose_detection/pose_detection.tflite",
        sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        bundle_name="pose_detector.tflite",
        mean=127.5,
        std=127.5,
    ),
    Part(
        wheel_path="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        bundle_name="pose_landmarks_detector.tflite",
        mean=0.0,
        std=255.0,
    ),
)


def normalisation_metadata(mean: float, std: float) -> bytes:
    """Make a TFLite ModelMetadata flatbuffer that states one input tensor's normalisation."""
    options = metadata_fb.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = metadata_fb.ProcessUnitT()
    unit.optionsType = metadata_fb.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    tensor = metadata_fb.TensorMetadataT()
    tensor.processUnits = [unit]
    subgraph = metadata_fb.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [tensor]
    model = metadata_fb.ModelMetadataT()
    model.subgraphMetadata = [subgraph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())


def with_metadata(tflite: bytes, metadata: bytes) -> bytes:
    """Add ``metadata`` to a model under TFLite's metadata name."""
    model = schema_fb.ModelT.InitFromObj(schema_fb.Model.GetRootAsModel(tflite, 0))
    buffer = schema_fb.BufferT()
    buffer.data = np.frombuffer(metadata, dtype=np.uint8)
    entry = schema_fb.MetadataT()
    entry.name = METADATA_BUFFER_NAME
    entry.buffer = len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    builder = flatbuffers.Builder(len(tflite) + len(metadata) + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def build(wheel: Path) -> bytes:
    """Make the bundle's bytes; raise ``ValueError`` when the wheel is not the one expected."""
    out = io.BytesIO()
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(out, "w") as bundle:
        for part in PARTS:
            tflite = source.read(part.wheel_path)
            digest = hashlib.sha256(tflite).hexdigest()
            if digest != part.sha256:
                raise ValueError(
                    f"{part.wheel_path}: expected sha256 {part.sha256} but got {digest}"
                )
            data = with_metadata(tflite, normalisation_metadata(part.mean, part.std))
            # MediaPipe maps the parts straight from the file: stored, never deflated.
            bundle.writestr(zipfile.ZipInfo(part.bundle_name, ZIP_DATE), data, zipfile.ZIP_STORED)
    return out.getvalue()


def main() -> int:
    """Build the bundle; 0 when it was written, 1 when the wheel cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the mediapipe 0.10.21 wheel")
    parser.add_argument("--out", type=Path, required=True, help="where to write the bundle")
    args = parser.parse_args()
    try:
        data = build(args.wheel)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        print(f"cannot build from {args.wheel}: {error}", file=sys.stderr)
        return 1
    args.out.write_bytes(data)
    print(f"{args.out}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
