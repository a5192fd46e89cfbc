"""Files of Caffe (``.caffemodel``): one message of Google's Protocol Buffers.

Its description, ``caffe.proto``, comes with Caffe itself; the few fields that hold weights are
described here, with the numbers that they have there.
"""

from collections.abc import Iterator

import numpy as np
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

# The packed numbers of a blob are declared as bytes, which lie in the file in the same way: they
# become an array at once instead of a hundred million Python floats.
MESSAGES = {
    "BlobShape": {"dim": ("int64", 1)},
    "Blob": {
        "num": ("int32", 1),
        "channels": ("int32", 2),
        "height": ("int32", 3),
        "width": ("int32", 4),
        "data": ("bytes", 5),
        "shape": ("BlobShape", 7),
    },
    "V1Layer": {"name": ("bytes", 4), "blobs": ("Blob", 6)},
    "Layer": {"name": ("bytes", 1), "blobs": ("Blob", 7)},
    "Net": {"layers": ("V1Layer", 2), "layer": ("Layer", 100)},
}
REPEATED = ("dim", "blobs", "layers", "layer")


def _message_class():
    file = FileDescriptorProto(name="nurture_caffe.proto", package="nurture")
    for message, fields in MESSAGES.items():
        description = file.message_type.add(name=message)
        for name, (kind, number) in fields.items():
            entry = description.field.add(name=name, number=number)
            label = "LABEL_REPEATED" if name in REPEATED else "LABEL_OPTIONAL"
            entry.label = getattr(FieldDescriptorProto, label)
            if kind in MESSAGES:
                entry.type, entry.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".nurture.{kind}"
            else:
                entry.type = getattr(FieldDescriptorProto, f"TYPE_{kind.upper()}")
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("nurture.Net"))


_Net = _message_class()


def read_caffe(data: memoryview) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, weights and biases of every layer that has them, in the order of the file.

    Layers are in today's form or in that of 2014 (``V1LayerParameter``). A ValueError says that
    this is no such file, or that it is cut short or damaged.
    """
    try:
        net = _Net.FromString(data)
    except DecodeError as error:
        raise ValueError(str(error).split(": ")[-1]) from None
    del data  # the message has copies; the file's own pages are free again
    for layer in (*net.layers, *net.layer):
        if len(layer.blobs) == 2:
            name = layer.name.decode("latin-1")
            weight, bias = (_array(blob, name) for blob in layer.blobs)
            yield name, weight, bias


def _array(blob, layer: str) -> np.ndarray:
    shape = blob.shape.dim or (blob.num, blob.channels, blob.height, blob.width)
    data = blob.data  # a copy each time
    if min(shape) < 1 or 4 * np.prod(shape, dtype=float) != len(data):
        raise ValueError(f"layer {layer!r}: {len(data)} bytes for the shape {tuple(shape)}")
    return np.frombuffer(data, "<f4").reshape(shape)
